from __future__ import annotations

import math

import numpy as np
import pytest

from dlpipe.evaluate.measuring import Ruler, entry
from dlpipe.metrics import Undefined, number
from dlpipe.metrics.accuracy import Accuracy
from dlpipe.metrics.auroc import Auroc
from dlpipe.statistics import by_label
from tests.metrics.drawn import predictions


def ruler(y_true, num_resamples: int = 200) -> Ruler:
    return Ruler({"accuracy": Accuracy(), "auroc": Auroc()}, y_true, by_label(y_true, num_resamples, 0), 0.9)


def test_a_value_stands_with_its_interval() -> None:
    y_true, said = predictions(0, 100, 2)
    found = ruler(y_true).measure(said)
    assert list(found.entries) == ["accuracy", "auroc"]
    assert found.entries["accuracy"]["value"] == pytest.approx(np.mean(said.predicted == y_true), abs=1e-6)
    assert found.entries["accuracy"]["low"] < found.entries["accuracy"]["value"] < found.entries["accuracy"]["high"]
    assert found.resampled.shape == (200, 2)


def test_a_part_is_measured_on_its_own_samples_alone() -> None:
    y_true, said = predictions(0, 100, 2)
    inside = np.arange(100) < 30
    found = ruler(y_true).measure(said, inside)
    assert found.entries["accuracy"]["value"] == pytest.approx(np.mean((said.predicted == y_true)[:30]), abs=1e-6)


def test_an_undefined_value_is_null_with_its_reason() -> None:
    y_true, said = predictions(0, 60, 2)
    found = ruler(y_true).measure(said, y_true == 1).entries["auroc"]
    assert found == {"value": None, "low": None, "high": None, "reason": "only one class occurs"}


def test_a_part_too_small_for_resamples_has_a_value_and_no_interval() -> None:
    y_true, said = predictions(0, 100, 2)
    inside = np.arange(100) < 3
    found = ruler(y_true).measure(said, inside).entries["auroc"]
    assert found["value"] is not None
    assert found["low"] is None
    assert "resamples" in found["reason"]


@pytest.mark.parametrize("value", (math.nan, math.inf))
def test_a_metric_that_gives_no_number_is_undefined(value: float) -> None:
    found = entry(value, np.zeros(10), 0.95)
    assert found["value"] is None
    assert "the metric gave" in found["reason"]


def test_numbers_have_six_digits_and_no_minus_zero() -> None:
    found = entry(-1e-9, np.full(10, 1 / 3), 0.95)
    assert str(found["value"]) == "0.0"
    assert found["low"] == 0.333333
    assert math.isnan(number(Undefined("why")))


def test_differences_are_paired() -> None:
    y_true, said = predictions(0, 200, 2)
    _, other = predictions(1, 200, 2)
    scale = ruler(y_true)
    model, same, unlike = scale.measure(said), scale.measure(said), scale.measure(other)
    assert scale.differences(model, same)["auroc"] == {"difference": 0, "low": 0, "high": 0}
    found = scale.differences(model, unlike)["auroc"]
    assert found["difference"] == pytest.approx(
        model.entries["auroc"]["value"] - unlike.entries["auroc"]["value"], abs=2e-6
    )
    assert found["low"] > 0


def test_a_difference_with_an_undefined_side_is_undefined() -> None:
    y_true = np.zeros(20, dtype=np.int64)
    _, said = predictions(0, 20, 2)
    scale = ruler(y_true)
    found = scale.differences(scale.measure(said), scale.measure(said))["auroc"]
    assert found["difference"] is None
    assert found["reason"] == "undefined for one of the two"
