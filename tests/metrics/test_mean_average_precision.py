from __future__ import annotations

import pytest
from hypothesis import given
from sklearn.metrics import average_precision_score

from dlpipe.metrics.mean_average_precision import MeanAveragePrecision
from tests.metrics.sets.drawn import Drawn, drawn_sets


@given(case=drawn_sets())
def test_it_is_that_of_scikit_learn(case: Drawn) -> None:
    y_true, said = case
    wanted = average_precision_score(y_true, said.probabilities, average="macro")
    assert MeanAveragePrecision().value(y_true, said) == pytest.approx(wanted)
