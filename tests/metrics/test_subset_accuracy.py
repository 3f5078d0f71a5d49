from __future__ import annotations

import pytest
from hypothesis import given
from sklearn.metrics import accuracy_score

from dlpipe.metrics.subset_accuracy import SubsetAccuracy
from tests.metrics.sets.drawn import Drawn, drawn_sets


@given(case=drawn_sets())
def test_it_is_that_of_scikit_learn(case: Drawn) -> None:
    y_true, said = case
    wanted = accuracy_score(y_true, said.predicted)
    assert SubsetAccuracy().value(y_true, said) == pytest.approx(wanted)
