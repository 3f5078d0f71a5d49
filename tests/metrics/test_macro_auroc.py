from __future__ import annotations

import pytest
from hypothesis import given
from sklearn.metrics import roc_auc_score

from dlpipe.metrics.macro_auroc import MacroAuroc
from tests.metrics.sets.drawn import Drawn, drawn_sets


@given(case=drawn_sets())
def test_it_is_that_of_scikit_learn(case: Drawn) -> None:
    y_true, said = case
    wanted = roc_auc_score(y_true, said.probabilities, average="macro")
    assert MacroAuroc().value(y_true, said) == pytest.approx(wanted)
