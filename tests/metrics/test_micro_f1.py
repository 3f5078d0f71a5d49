from __future__ import annotations

import pytest
from hypothesis import given
from sklearn.metrics import f1_score

from dlpipe.metrics.micro_f1 import MicroF1
from tests.metrics.sets.drawn import Drawn, drawn_sets


@given(case=drawn_sets())
def test_it_is_that_of_scikit_learn(case: Drawn) -> None:
    y_true, said = case
    wanted = f1_score(y_true, said.predicted, average="micro")
    assert MicroF1().value(y_true, said) == pytest.approx(wanted)
