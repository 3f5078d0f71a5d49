"""Why the model answers as it does: maps of where it looks, whether they can be believed, shortcuts, reasons in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from dlpipe.core import files
from dlpipe.core.config import Section
from dlpipe.core.stage import Summary

if TYPE_CHECKING:
    from pathlib import Path

    from dlpipe.core.stage import Inputs

VERSION = 1


class Attack(Section):
    """An attack on some of the test samples, by FGSM and PGD."""

    grey_levels: tuple[float, ...] = Field(
        default=(1, 2, 4), min_length=1, max_length=10, description="By how much any value may change, of 255."
    )
    steps: int = Field(default=7, ge=2, le=200, description="Steps of PGD; FGSM takes one.")
    num_samples: int = Field(default=64, ge=1, le=100_000, description="Test samples that are attacked.")


class Config(Section):
    """The `explain` section of a pipeline file."""

    method: Literal["auto", "gradcam", "integrated_gradients", "occlusion"] = Field(
        default="auto",
        description="How maps are made: Grad-CAM where there are convolutions, else integrated gradients; "
        "occlusion asks the exported model alone and works for any.",
    )
    errors: int = Field(default=32, ge=0, le=1000, description="The surest errors that are explained.")
    unsure: int = Field(default=16, ge=0, le=1000, description="The least sure answers that are explained.")
    per_class: int = Field(default=8, ge=0, le=1000, description="The surest right answers of each class.")
    border: float = Field(default=0.1, gt=0, lt=0.5, description="Width of the border, as a share of the shorter side.")
    shortcut_samples: int = Field(default=150, ge=1, le=100_000, description="Test samples that are covered in part.")
    attack: Attack | None = Field(default=None, description="An adversarial attack; none if not said.")


def run(config: Config, inputs: Inputs, out: Path) -> Summary:
    """Writes explanations.json, a contact sheet a gallery, and the map of every explained sample below maps/.

    Raises:
        DlpipeError: samples are no pictures (exit 2), or inputs do not belong together (exit 5).
    """
    from dlpipe.explain.explanation import explain
    from dlpipe.explain.several import not_explained

    if inputs.dataset.task.several:
        told = not_explained(config, inputs)
        files.write_json(out / "explanations.json", told)
        return Summary({"left_out": told["left_out"]}, notes=[f"nothing is explained: {told['left_out']['explain']}"])
    found = explain(config, inputs, out)
    files.write_json(out / "explanations.json", found)
    return Summary(_facts(found), notes=found["reasons"])


def _facts(found: dict[str, Any]) -> dict[str, Any]:
    shares = found["shortcut"].get("border_attribution", {})
    return {
        "method": found["method"],
        "explained": found["num_explained"],
        "errors": found["num_errors"],
        "faithfulness": {name: scores["gain"] for name, scores in found["faithfulness"].items()},
        "border_attribution": shares.get("of_its_area"),
    }
