from __future__ import annotations

import numpy as np
import pytest
import torch
from fairlearn.metrics import MetricFrame
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import mannwhitneyu
from sklearn.metrics import accuracy_score

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.train.measures import measured, monitored
from dlpipe.train.objectives.group_dro import GroupDro
from dlpipe.train.objectives.supervised import Supervised


@settings(max_examples=30)
@given(st.integers(2, 60), st.integers(2, 5), st.integers(0, 10_000))
def test_values_are_those_of_other_libraries(count: int, classes: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    logits = random.normal(0, 3, (count, classes)).round(1).astype(np.float32)
    targets = random.integers(0, classes, count)
    values = measured(logits, targets)
    loss = torch.nn.functional.cross_entropy(torch.tensor(logits), torch.tensor(targets))
    assert values["val/loss"] == pytest.approx(float(loss), rel=1e-4, abs=1e-6)
    assert values["val/accuracy"] == pytest.approx(accuracy_score(targets, logits.argmax(1)))
    if classes == 2 and len(set(targets.tolist())) == 2:
        scores = logits[:, 1].astype(np.float64) - logits[:, 0]
        positive, negative = scores[targets == 1], scores[targets == 0]
        wins = mannwhitneyu(positive, negative).statistic
        assert values["val/auroc"] == pytest.approx(wins / len(positive) / len(negative))
    else:
        assert "val/auroc" not in values


def test_the_worst_group_is_told_by_loss_and_by_accuracy() -> None:
    random = np.random.default_rng(0)
    logits, targets, cells = random.normal(size=(60, 3)), random.integers(0, 3, 60), random.integers(0, 4, 60)
    values = measured(logits, targets, cells)
    frame = MetricFrame(
        metrics={"accuracy": accuracy_score}, y_true=targets, y_pred=logits.argmax(1), sensitive_features=cells
    )
    losses = torch.nn.functional.cross_entropy(torch.tensor(logits), torch.tensor(targets), reduction="none").numpy()
    assert values["val/worst_group_accuracy"] == pytest.approx(frame.group_min()["accuracy"])
    assert values["val/worst_group_loss"] == pytest.approx(max(losses[cells == cell].mean() for cell in range(4)))


def test_what_is_no_number_is_told_as_such() -> None:
    values = measured(np.array([[np.nan, 0], [1, 0]]), np.array([0, 1]))
    assert np.isnan(values["val/loss"])
    assert "val/auroc" not in values


def test_auto_takes_the_auroc_where_there_is_one() -> None:
    both, one = np.array([0, 1]), np.array([1, 1])
    assert monitored("auto", Supervised(), both, 2) == ("val/auroc", True)
    assert monitored("auto", Supervised(), one, 2) == ("val/loss", False)
    assert monitored("auto", Supervised(), both, 3) == ("val/loss", False)
    assert monitored("val/accuracy", Supervised(), one, 2) == ("val/accuracy", True)
    with pytest.raises(DlpipeError, match="needs two classes") as caught:
        monitored("val/auroc", Supervised(), one, 2)
    assert caught.value.exit_code == Exit.NO


def test_group_dro_is_chosen_by_its_worst_group_and_others_only_where_there_are_groups() -> None:
    both = np.array([0, 1])
    assert monitored("auto", GroupDro(), both, 2, has_groups=True) == ("val/worst_group_loss", False)
    assert monitored("val/worst_group_accuracy", Supervised(), both, 2, has_groups=True)[1]
    with pytest.raises(DlpipeError, match="uses no groups"):
        monitored("val/worst_group_loss", Supervised(), both, 2)
