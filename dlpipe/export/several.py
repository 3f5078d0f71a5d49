"""What is fitted on val where a sample may have several labels: one temperature, and a threshold for each class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from dlpipe.core.errors import DlpipeError
from dlpipe.operating_point import choose_threshold
from dlpipe.probabilities import sigmoid

if TYPE_CHECKING:
    from dlpipe.export.stage import Config
    from dlpipe.export.validation import Validation
    from dlpipe.tasks import Task

Array = np.ndarray[Any, Any]

FEW = 10
"""Samples of val with a class below which its threshold is told to be rough."""

_SMALLEST, _LARGEST = 1 / 20, 20.0
_DIGITS = 6


def refuse_unfit(config: Config, task: Task) -> None:
    """Refuses settings that take it that a sample has one class, where it may have several.

    Raises:
        DlpipeError: exit 2; it names the setting.
    """
    found = {
        "calibration: isotonic": config.calibration == "isotonic",
        "conformal": config.conformal is not None,
        "group_thresholds": config.group_thresholds is not None,
    }
    asked = next((name for name, is_asked in found.items() if is_asked), None)
    if task.several and asked is not None:
        problem = f"export.{asked} goes by the one class of a sample; of the task {task.name} it may have several"
        raise DlpipeError(problem, f"take `{asked}` out of `export`")


def fitted(found: Validation, config: Config) -> tuple[dict[str, Any], list[str]]:
    """What `model.json` says, and what a person should know of it: `temperature` and `thresholds`, in the classes' order.

    A threshold serves `config.aim`, or F1 if none is said. A class that all samples of val have, or none, gets 1/2.
    """
    from dlpipe.predictor import SEVERAL_VERSION

    temperature = fit_temperature(found.logits, found.targets) if config.calibration == "temperature" else 1.0
    probabilities = sigmoid(found.logits, temperature)
    aim = config.aim if "aim" in config.model_fields_set else "f1"
    thresholds: list[float] = []
    notes: list[str] = []
    for place, name in enumerate(found.classes):
        has = found.targets[:, place] > 0
        if has.all() or not has.any():
            notes.append(
                f"{'all samples' if has.all() else 'no sample'} of val {'have' if has.all() else 'has'} '{name}': its threshold is 0.5"
            )
            thresholds.append(0.5)
            continue
        thresholds.append(choose_threshold(probabilities[:, place], has, aim, config.at_least, config.costs))
    held = {name: int((column > 0).sum()) for name, column in zip(found.classes, found.targets.T, strict=True)}
    if few := [f"'{name}' {count}" for name, count in held.items() if 0 < count < FEW]:
        notes.append(f"few samples of val have {', '.join(few)}: a threshold from them is rough")
    fit = {"temperature": temperature, "isotonic": None, "threshold": None, "conformal": None, "thresholds": thresholds}
    return {"schema_version": SEVERAL_VERSION, **fit}, notes


def fit_temperature(logits: Array, targets: Array) -> float:
    """The temperature with the least binary cross-entropy over all classes, between 1/20 and 20. Both (n, K), n ≥ 1.

    Targets are smoothed by as much as one imagined sample with each class and one without (Platt 1999), as of one label.
    """
    from scipy.optimize import minimize_scalar

    share = 2 / (len(targets) + 2)
    wanted = (1 - share) * targets + share / 2

    def loss(log_temperature: float) -> float:
        scaled = logits.astype(np.float64) / np.exp(log_temperature)
        return float((np.logaddexp(0, scaled) - wanted * scaled).mean())

    bounds = (np.log(_SMALLEST), np.log(_LARGEST))
    best: Any = minimize_scalar(loss, bounds=bounds, method="bounded", options={"xatol": 1e-8})
    return round(float(np.exp(best.x)), _DIGITS)
