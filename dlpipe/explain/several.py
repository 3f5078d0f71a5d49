"""What `explain` says of a model whose samples may have several classes: that it does not explain it yet, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dlpipe.core.errors import DlpipeError

if TYPE_CHECKING:
    from dlpipe.core.stage import Inputs
    from dlpipe.explain.stage import Config

WHY = "maps, faithfulness and the shortcut test show what speaks for the one answer of a sample, and here it may have several"


def not_explained(config: Config, inputs: Inputs) -> dict[str, Any]:
    """What `explanations.json` holds.

    Raises:
        DlpipeError: an attack was asked for (exit 2).
    """
    from dlpipe.explain.explanation import SCHEMA_VERSION
    from dlpipe.predictor import Predictor

    if config.attack is not None:
        problem = f"explain.attack turns the one answer of a sample, of the task {inputs.dataset.task.name} it may have several"
        raise DlpipeError(problem, "take `attack` out of `explain`")
    predictor = Predictor(inputs.path("export/model.onnx").parent)
    return {"schema_version": SCHEMA_VERSION, "model_digest": predictor.digest, "left_out": {"explain": WHY}}
