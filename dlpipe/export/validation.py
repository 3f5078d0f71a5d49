"""The labelled samples of `val`, and what is fitted on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.encoding import EncodedSamples
from dlpipe.export.calibration import fit_isotonic, fit_temperature, least_probability
from dlpipe.operating_point import choose_threshold
from dlpipe.probabilities import calibrated, corrected

if TYPE_CHECKING:
    from pathlib import Path

    from dlpipe.export.stage import Config
    from dlpipe.graph.run import Graph
    from dlpipe.modalities import Modality
    from dlpipe.tasks import Task

_NUM_COMPARED = 64


@dataclass(frozen=True)
class Validation:
    """What the exported network says of val."""

    logits: np.ndarray[Any, Any]
    """Shape (n, K)."""
    targets: np.ndarray[Any, Any]
    """Shape (n,), class indices; (n, K), 1 where the sample has the class, where it may have several."""
    classes: Sequence[str]
    num_unreadable: int
    positions: Sequence[int] = ()
    """Which rows of val they are."""

    def probabilities(self, fit: dict[str, Any]) -> np.ndarray[Any, Any]:
        """Shape (n, K): as the model will give them, with what `fitted` found."""
        return corrected(calibrated(self.logits, fit["temperature"]), fit["isotonic"])


def labelled_val(samples: pl.DataFrame, classes: Sequence[str], task: Task) -> pl.DataFrame:
    """The rows of val that have a label.

    Raises:
        DlpipeError: there is none (exit 3), or one has a label that the network was not trained on (exit 5).
    """
    val = samples.filter((pl.col("split") == "val") & pl.col("label").is_not_null())
    if val.is_empty():
        problem = "the split leaves no labelled sample for val: temperature and operating point cannot be fitted"
        raise DlpipeError(problem, "label more samples, or give val a larger share in `split`", Exit.NO)
    unknown = sorted({name for label in val["label"].unique() for name in task.names(label)} - set(classes))
    if unknown:
        problem = f"val has the label '{unknown[0]}', the network was trained on {', '.join(classes)}"
        raise DlpipeError(problem, "train again: `dlpipe run NAME`", Exit.INTEGRITY)
    return val


def some(val: pl.DataFrame, modality: Modality, raw: Path) -> np.ndarray[Any, Any]:
    """Up to 64 encoded samples spread evenly over val. Shape (n, *example_shape).

    Raises:
        DlpipeError: none of them can be read (exit 3).
    """
    rows = np.linspace(0, val.height - 1, min(_NUM_COMPARED, val.height)).round().astype(int)
    encoded = EncodedSamples(modality, raw, val[rows], "reading val")
    batches = [batch.inputs for batch in encoded]
    if not batches:
        problem = f"no sample of val can be read: {encoded.unreadable[0].id}: {encoded.unreadable[0].reason}"
        raise DlpipeError(problem, "look at them with `dlpipe clean NAME`", Exit.NO)
    return np.concatenate(batches)


def run_over(
    val: pl.DataFrame, modality: Modality, raw: Path, graph: Graph, classes: Sequence[str], task: Task
) -> Validation:
    """Runs the exported network over all of val."""
    encoded = EncodedSamples(modality, raw, val, "running over val")
    logits: list[np.ndarray[Any, Any]] = []
    positions: list[int] = []
    for batch in encoded:
        logits.append(graph.over(batch.inputs)["outputs"])
        positions += batch.positions
    targets = task.encode(val["label"].gather(positions), classes)
    return Validation(np.concatenate(logits), targets, classes, len(encoded.unreadable), positions)


def fitted(found: Validation, positive: int | None, config: Config) -> dict[str, Any]:
    """`temperature`, `isotonic` curves or null, for two classes `threshold`, and `conformal` if it is asked for.

    Raises:
        DlpipeError: of two classes val has one only (exit 3).
    """
    temperature = fit_temperature(found.logits, found.targets) if config.calibration == "temperature" else 1.0
    probabilities = calibrated(found.logits, temperature)
    curves = fit_isotonic(probabilities, found.targets) if config.calibration == "isotonic" else None
    probabilities = corrected(probabilities, curves)
    fit: dict[str, Any] = {"temperature": temperature, "isotonic": curves, "threshold": None, "conformal": None}
    if config.conformal is not None:
        least = least_probability(probabilities, found.targets, config.conformal)
        fit["conformal"] = {"coverage": config.conformal, "least_probability": least}
    if positive is not None:
        is_positive = _of_both(found, positive)
        aim, at_least, costs = config.aim, config.at_least, config.costs
        fit["threshold"] = choose_threshold(probabilities[:, positive], is_positive, aim, at_least, costs)
    return fit


def _of_both(found: Validation, positive: int) -> np.ndarray[Any, Any]:
    """Which samples are positive, shape (n,) bool; some are and some are not."""
    is_positive = found.targets == positive
    if is_positive.all() or not is_positive.any():
        held = found.classes[int(found.targets[0])]
        problem = f"val holds only the class '{held}' ({len(is_positive)} samples): no operating point can be chosen"
        raise DlpipeError(problem, "label more samples, or split stratified by label", Exit.NO)
    return is_positive
