from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from dlpipe.metrics import Predictions, Undefined
from dlpipe.metrics.auroc import Auroc
from tests.metrics.drawn import drawn, predictions


@given(case=drawn())
def test_equals_scikit_learn(case) -> None:
    y_true, said = case
    if said.positive is None:
        wanted = roc_auc_score(y_true, said.probabilities, multi_class="ovr", average="macro")
    else:
        wanted = roc_auc_score(y_true == said.positive, said.probabilities[:, said.positive])
    assert Auroc().value(y_true, said) == pytest.approx(wanted)


@given(seed=st.integers(0, 1000), positive=st.sampled_from((0, 1)))
def test_either_class_may_be_the_positive_one(seed: int, positive: int) -> None:
    y_true, said = predictions(seed, 30, 2, digits=1)
    found = Auroc().value(y_true, Predictions(said.probabilities, said.predicted, positive))
    assert found == pytest.approx(roc_auc_score(y_true == positive, said.probabilities[:, positive]))


def test_equal_scores_are_a_coin() -> None:
    y_true = np.array([0, 1, 1, 0, 1])
    assert Auroc().value(y_true, Predictions(np.full((5, 2), 0.5), y_true, 1)) == 0.5


@pytest.mark.parametrize(("num_classes", "reason"), ((2, "only one class occurs"), (3, "a class has no sample")))
def test_a_class_without_samples_has_no_curve(num_classes: int, reason: str) -> None:
    y_true, said = predictions(0, 40, num_classes)
    kept = np.flatnonzero(y_true != 1)
    assert Auroc().value(y_true[kept], said.take(kept)) == Undefined(reason)
