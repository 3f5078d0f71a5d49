from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from sklearn.metrics import f1_score

from dlpipe.metrics import Undefined
from dlpipe.metrics.macro_f1 import MacroF1
from tests.metrics.drawn import drawn
from tests.metrics.sets.drawn import Drawn, drawn_sets


@given(case=drawn(every_class=False))
def test_equals_scikit_learn_where_two_classes_occur(case) -> None:
    y_true, said = case
    found = MacroF1().value(y_true, said)
    if np.unique(y_true).size < 2:
        assert isinstance(found, Undefined)
        return
    assert found == pytest.approx(f1_score(y_true, said.predicted, average="macro", zero_division=0))


@given(case=drawn_sets())
def test_of_several_labels_it_is_that_of_scikit_learn(case: Drawn) -> None:
    y_true, said = case  # every class occurs among labels
    wanted = f1_score(y_true, said.predicted, average="macro")
    assert MacroF1().value(y_true, said) == pytest.approx(wanted)
