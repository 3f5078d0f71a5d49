from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from sklearn.metrics import average_precision_score

from dlpipe.metrics import Predictions
from dlpipe.metrics.average_precision import AveragePrecision
from tests.metrics.drawn import drawn


@given(case=drawn())
def test_equals_scikit_learn(case) -> None:
    y_true, said = case
    if said.positive is None:
        one_hot = np.eye(said.probabilities.shape[1])[y_true]
        wanted = average_precision_score(one_hot, said.probabilities, average="macro")
    else:
        wanted = average_precision_score(y_true == said.positive, said.probabilities[:, said.positive])
    assert AveragePrecision().value(y_true, said) == pytest.approx(wanted)


def test_equal_scores_give_the_share_of_positives() -> None:
    y_true = np.array([0, 1, 0, 0])
    assert AveragePrecision().value(y_true, Predictions(np.full((4, 2), 0.5), y_true, 1)) == 0.25
