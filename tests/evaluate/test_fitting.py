"""Metrics that suit the task, and those that do not in a sentence."""

from __future__ import annotations

import pytest

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.evaluate.fitting import fitting
from dlpipe.evaluate.stage import Config
from dlpipe.tasks.classification import Classification
from dlpipe.tasks.multi_label import MultiLabel


def test_all_that_suit_if_none_is_named() -> None:
    ones, sets = fitting(Config(), Classification()), fitting(Config(), MultiLabel())
    assert {"accuracy", "auroc", "macro_f1"} <= set(ones)
    assert {"subset_accuracy", "macro_auroc", "macro_f1"} <= set(sets)
    assert set(ones) & set(sets) == {"macro_f1"}


def test_those_that_are_named_keep_their_settings() -> None:
    config = Config.model_validate({"metrics": {"macro_ece": {"num_bins": 5}}})
    assert fitting(config, MultiLabel())["macro_ece"].model_dump() == {"num_bins": 5}


@pytest.mark.parametrize(
    ("name", "task", "held"),
    (("micro_f1", Classification(), "has one class"), ("auroc", MultiLabel(), "may have several classes")),
)
def test_one_that_does_not_suit_is_refused(name: str, task: Classification | MultiLabel, held: str) -> None:
    config = Config.model_validate({"metrics": {name: {}}})
    with pytest.raises(DlpipeError, match=rf"evaluate\.metrics\.{name} does not suit .* {held}") as caught:
        fitting(config, task)
    assert caught.value.exit_code == Exit.INPUT
