"""Each class by itself: what is undefined says why, gaps between groups are Fairlearn's, reliability is its own."""

from __future__ import annotations

import numpy as np
import pytest
from fairlearn.metrics import equalized_odds_difference

from dlpipe.evaluate.measuring import Ruler
from dlpipe.evaluate.several.classes import NAMES, by_class, reliability, uneven
from dlpipe.metrics import Predictions
from dlpipe.metrics.fairness.equalized_odds import EqualizedOdds
from dlpipe.statistics import by_label
from tests.metrics.sets.drawn import set_predictions

CLASSES = ["a", "b", "c"]
Y_TRUE, SAID = set_predictions(0, 300, 3)
RULER = Ruler({}, Y_TRUE, by_label(np.zeros(300), 100, 0), 0.95)
SITE = np.array(["north", "south"])[np.arange(300) % 2]


def test_every_number_of_a_class_stands_with_its_interval() -> None:
    found = by_class(RULER, SAID, CLASSES, [0.3, 0.4, 0.5])
    assert list(found) == CLASSES
    for one in found.values():
        assert {"n", "threshold", "answers"} == set(one) - set(NAMES)
        assert all(one[name]["low"] <= one[name]["value"] + 0.05 for name in NAMES)
        assert one["answers"]["found"] + one["answers"]["missed"] == one["n"]


def test_a_class_that_nobody_has_is_undefined_with_a_reason_and_never_0() -> None:
    y_true = Y_TRUE.copy()
    y_true[:, 1] = 0
    nobody = SAID.predicted.copy()
    nobody[:, 1] = False
    ruler = Ruler({}, y_true, RULER.resamples, 0.95)
    one = by_class(ruler, Predictions(SAID.probabilities, nobody, None), CLASSES, [0.5] * 3)["b"]
    for name in ("precision", "recall", "f1", "auroc", "average_precision"):
        assert one[name]["value"] is None
        assert one[name]["reason"]
    assert one["ece"]["value"] > 0


def test_gaps_are_those_of_fairlearn_class_by_class() -> None:
    found = uneven(RULER, SAID, CLASSES, {"site": SITE}, {"equalized_odds": EqualizedOdds()})
    for place, name in enumerate(CLASSES):
        wanted = equalized_odds_difference(Y_TRUE[:, place], SAID.predicted[:, place], sensitive_features=SITE)
        entry = found["fairness"]["site"][f"equalized_odds.{name}"]
        assert entry["value"] == pytest.approx(wanted, abs=1e-6)
        assert entry["n"] == {"north": 150, "south": 150}
    assert set(found["fairness_ratio"]["site"]) == {f"equalized_odds.{name}" for name in CLASSES}
    assert set(found["bias_amplification"]["site"]) == set(CLASSES)


def test_reliability_is_of_the_probability_of_the_class() -> None:
    found = reliability(Y_TRUE, SAID, CLASSES)
    for place, name in enumerate(CLASSES):
        rows = found[name]
        assert sum(row["n"] for row in rows) == 300
        mean = sum(row["n"] * row["frequency"] for row in rows) / 300
        assert mean == pytest.approx(Y_TRUE[:, place].mean(), abs=1e-5)
