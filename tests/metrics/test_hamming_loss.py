from __future__ import annotations

import pytest
from hypothesis import given
from sklearn.metrics import hamming_loss

from dlpipe.metrics.hamming_loss import HammingLoss
from tests.metrics.sets.drawn import Drawn, drawn_sets


@given(case=drawn_sets())
def test_it_is_that_of_scikit_learn(case: Drawn) -> None:
    y_true, said = case
    wanted = hamming_loss(y_true, said.predicted)
    assert HammingLoss().value(y_true, said) == pytest.approx(wanted)
