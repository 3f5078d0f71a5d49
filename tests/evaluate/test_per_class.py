from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import precision_recall_fscore_support

from dlpipe.evaluate.measuring import Ruler
from dlpipe.evaluate.per_class import NAMES, by_class
from dlpipe.metrics import Predictions
from dlpipe.statistics import by_label
from tests.metrics.drawn import predictions


def ruler(y_true) -> Ruler:
    return Ruler({}, y_true, by_label(y_true, 100, 0), 0.95)


@pytest.mark.parametrize("num_classes", (2, 4))
def test_equals_scikit_learn_and_has_intervals_and_sizes(num_classes: int) -> None:
    y_true, said = predictions(0, 200, num_classes)
    classes = list("abcd")[:num_classes]
    found = by_class(ruler(y_true), said, classes)
    *wanted, support = precision_recall_fscore_support(y_true, said.predicted)
    assert list(found) == classes
    assert [entry["n"] for entry in found.values()] == support.tolist()
    for name, values in zip(NAMES, wanted, strict=True):
        assert [entry[name]["value"] for entry in found.values()] == pytest.approx(values, abs=1e-6)
        assert all(entry[name]["low"] <= entry[name]["value"] <= entry[name]["high"] for entry in found.values())


def test_a_class_without_samples_or_answers_is_null_with_its_reason() -> None:
    y_true = np.array([0, 0, 1, 1])
    found = by_class(ruler(y_true), Predictions(np.eye(3)[y_true], y_true, None), ["a", "b", "c"])["c"]
    reasons = {name: found[name]["reason"] for name in NAMES}
    assert found["n"] == 0
    assert reasons == {
        "precision": "it is never the answer",
        "recall": "no sample has this label",
        "f1": "it is neither label nor answer",
    }
