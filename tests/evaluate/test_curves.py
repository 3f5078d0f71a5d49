from __future__ import annotations

import numpy as np
from sklearn.metrics import roc_curve

from dlpipe.evaluate import curves
from tests.evaluate.measured import evaluated

TWO = evaluated(["good", "bad"])


def test_points_are_few_and_keep_both_ends() -> None:
    line = np.linspace(0, 1, 100_000)
    found = curves.points(line, line).split(" ")
    assert len(found) == curves.MOST_POINTS
    assert (found[0], found[-1]) == ("0.0,300.0", "300.0,0.0")
    assert curves.points(np.empty(0), np.empty(0)) == ""


def test_the_curve_is_scikit_learns() -> None:
    model = curves.roc_curves(TWO)[-1]
    fpr, tpr, _ = roc_curve(TWO.y_true, TWO.predictions.probabilities[:, 1], drop_intermediate=False)
    wanted = [f"{300 * x:.1f},{300 * (1 - y):.1f}" for x, y in zip(fpr, tpr, strict=True)]
    assert model.points.split(" ") == wanted


def test_many_classes_are_a_few_curves_each_against_the_rest() -> None:
    many = evaluated([f"c{number}" for number in range(9)])
    assert [curve.name for curve in curves.roc_curves(many)] == [f"c{number}" for number in range(6)]
    assert curves.operating_point(many) is None


def test_the_operating_point_lies_where_the_answers_are() -> None:
    x, y = curves.operating_point(TWO) or (0, 0)
    counts = TWO.evaluation["confusion"]["counts"]
    assert round(x / 300, 6) == counts[0][1] / 50
    assert round(1 - y / 300, 6) == counts[1][1] / 50


def test_every_sample_is_in_a_bin() -> None:
    found = curves.reliability(TWO)
    assert sum(int(one.words.rpartition(" of ")[2]) for one in found) == 100
    assert all(0 <= one.top <= one.y <= one.bottom <= 300 for one in found)
