"""What is measured on validation samples of several labels, against other libraries."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import hamming_loss, roc_auc_score

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.train.measures import monitored
from dlpipe.train.objectives.supervised import Supervised
from dlpipe.train.several_measures import are_ranked, measured


@given(st.integers(2, 40), st.integers(1, 5), st.integers(0, 10_000))
def test_values_are_those_of_other_libraries(count: int, classes: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    logits = random.normal(0, 3, (count, classes)).round(1).astype(np.float32)
    targets = (random.random((count, classes)) < 0.4).astype(np.int64)
    values = measured(logits, targets)
    loss = torch.nn.functional.binary_cross_entropy_with_logits(torch.tensor(logits), torch.tensor(targets).float())
    assert values["val/loss"] == pytest.approx(float(loss), rel=1e-4, abs=1e-6)
    assert values["val/accuracy"] == pytest.approx(1 - hamming_loss(targets, logits > 0))
    assert ("val/auroc" in values) == are_ranked(targets)
    if are_ranked(targets):
        assert values["val/auroc"] == pytest.approx(roc_auc_score(targets, logits, average="macro"))


def test_the_best_epoch_is_best_in_what_can_be_measured() -> None:
    ranked, alike = np.array([[0, 1], [1, 0]]), np.array([[0, 1], [1, 1]])
    assert monitored("auto", Supervised(), ranked, 2) == ("val/auroc", True)
    assert monitored("auto", Supervised(), alike, 2) == ("val/loss", False)
    with pytest.raises(DlpipeError, match="samples with and without each class") as caught:
        monitored("val/auroc", Supervised(), alike, 2)
    assert caught.value.exit_code == Exit.NO
