"""What is fitted on val of several labels: a temperature, thresholds for an aim, and what does not suit is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from sklearn.metrics import f1_score, log_loss, recall_score

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.export.several import fit_temperature, fitted, refuse_unfit
from dlpipe.export.stage import Config
from dlpipe.export.validation import Validation
from dlpipe.probabilities import over, sigmoid
from dlpipe.tasks.classification import Classification
from dlpipe.tasks.multi_label import MultiLabel

CLASSES = ["crack", "dust", "rust"]


def seen(count: int = 300, seed: int = 0) -> Validation:
    """Outputs three times as sure as they should be."""
    random = np.random.default_rng(seed)
    logits = random.normal(-0.5, 1.5, (count, 3))
    targets = (random.random((count, 3)) < 1 / (1 + np.exp(-logits))).astype(np.uint8)
    return Validation(3 * logits, targets, CLASSES, 0)


def test_the_temperature_is_the_one_of_least_loss() -> None:
    found = seen(4000)
    temperature = fit_temperature(found.logits, found.targets)
    assert temperature == pytest.approx(3, rel=0.1)

    def loss(value: float) -> float:
        given = sigmoid(found.logits, value)
        return sum(log_loss(found.targets[:, k], given[:, k]) for k in range(3))

    best: Any = minimize_scalar(loss, bounds=(0.5, 10), method="bounded")
    assert temperature == pytest.approx(float(best.x), rel=0.02)


def test_each_threshold_has_the_best_f1_if_nothing_is_said() -> None:
    found = seen()
    fit, notes = fitted(found, Config())
    assert notes == []
    assert (fit["schema_version"], fit["threshold"], fit["isotonic"], fit["conformal"]) == (3, None, None, None)
    given = sigmoid(found.logits, fit["temperature"])
    said = over(given, fit["thresholds"])
    for place in range(3):
        best = max(f1_score(found.targets[:, place], given[:, place] >= one) for one in np.unique(given[:, place]))
        assert f1_score(found.targets[:, place], said[:, place]) == pytest.approx(best)


def test_an_aim_holds_for_each_class() -> None:
    found = seen()
    fit, _ = fitted(found, Config(aim="recall", at_least=0.9))
    said = over(sigmoid(found.logits, fit["temperature"]), fit["thresholds"])
    assert min(recall_score(found.targets[:, place], said[:, place]) for place in range(3)) >= 0.9
    plain, _ = fitted(found, Config(calibration="none"))
    assert plain["temperature"] == 1


def test_a_class_that_all_or_none_have_gets_a_half_and_is_told_and_a_rare_one_too() -> None:
    found = seen()
    found.targets[:, 0], found.targets[:, 1] = 0, 1
    found.targets[:, 2] = 0
    found.targets[:4, 2] = 1
    fit, notes = fitted(found, Config())
    assert fit["thresholds"][:2] == [0.5, 0.5]
    assert notes == [
        "no sample of val has 'crack': its threshold is 0.5",
        "all samples of val have 'dust': its threshold is 0.5",
        "few samples of val have 'rust' 4: a threshold from them is rough",
    ]


@pytest.mark.parametrize(
    ("settings", "named"),
    (
        ({"calibration": "isotonic"}, "calibration: isotonic"),
        ({"conformal": 0.9}, "conformal"),
        ({"group_thresholds": {"by": "site"}}, "group_thresholds"),
    ),
)
def test_what_goes_by_one_class_a_sample_is_refused_by_name(settings: dict[str, Any], named: str) -> None:
    config = Config.model_validate(settings)
    refuse_unfit(config, Classification())
    with pytest.raises(DlpipeError, match=rf"export\.{named} goes by the one class of a sample") as caught:
        refuse_unfit(config, MultiLabel())
    assert caught.value.exit_code == Exit.INPUT
