from __future__ import annotations

import numpy as np
import pytest

from dlpipe.evaluate.measuring import Ruler
from dlpipe.evaluate.selective import SHARES, conformal, selective
from dlpipe.metrics import Predictions
from dlpipe.statistics import by_label
from tests.metrics.drawn import predictions


def ruler(y_true) -> Ruler:
    return Ruler({}, y_true, by_label(y_true, 100, 0), 0.95)


def test_accuracy_among_the_surest_is_that_of_the_first_in_order() -> None:
    y_true, said = predictions(0, 250, 3, digits=15)
    right = (said.probabilities.argmax(axis=1) == y_true)[np.argsort(-said.probabilities.max(axis=1))]
    found = selective(ruler(y_true), said)
    assert list(found) == [str(share) for share in SHARES]
    for share in SHARES:
        entry = found[str(share)]["accuracy"]
        assert entry["value"] == pytest.approx(right[: 250 * share // 100].mean(), abs=1e-6)
        assert entry["low"] <= entry["value"] <= entry["high"]


def test_who_is_as_sure_as_the_last_one_belongs_to_them() -> None:
    y_true = np.tile([0, 1], 10)
    found = selective(ruler(y_true), Predictions(np.tile([0.7, 0.3], (20, 1)), y_true, 1))
    assert {entry["accuracy"]["value"] for entry in found.values()} == {0.5}


def test_sets_are_counted() -> None:
    shares = np.array([[0.9, 0.1], [0.5, 0.5], [0.2, 0.8], [0.65, 0.35]])
    y_true = np.array([0, 1, 0, 1])
    said = Predictions(shares, y_true, 1)
    found = conformal(ruler(y_true), said, {"coverage": 0.9, "least_probability": 0.45})
    assert found["promised"] == 0.9
    values = {name: found[name]["value"] for name in ("coverage", "set_size", "empty")}
    assert values == {"coverage": 0.5, "set_size": 1.25, "empty": 0}
    assert conformal(ruler(y_true), said, {"coverage": 0.9, "least_probability": 0.85})["empty"]["value"] == 0.75
    assert conformal(ruler(y_true), said, None) == {}
