"""What every task promises, whatever it is: run over every file of the folder."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from dlpipe.core import plugin
from dlpipe.tasks import Task

LABELS = pl.Series("label", ["b", None, "a", "b", "a"])


@pytest.fixture(params=plugin.names(Task))
def task(request: pytest.FixtureRequest) -> Any:
    return plugin.make(Task, request.param, {})


def test_labels_come_back_from_targets(task: Task):
    classes = task.classes(LABELS)
    known = LABELS.drop_nulls()
    assert task.decode(task.encode(known, classes), classes) == known.to_list()


def test_classes_do_not_depend_on_the_order_of_samples(task: Task):
    assert task.classes(LABELS) == task.classes(LABELS.reverse()) == task.classes(LABELS.shuffle(3))


def test_targets_are_one_a_sample(task: Task):
    targets = task.encode(LABELS.drop_nulls(), task.classes(LABELS))
    assert len(targets) == 4
    assert isinstance(targets, np.ndarray)


def test_the_head_goes_from_features_to_classes(task: Task):
    import torch

    head = task.head(6, 2)
    assert head(torch.zeros(3, 6)).shape == (3, 2)
    assert all(parameter.requires_grad for parameter in head.parameters())


def test_a_positive_class_is_one_of_them_or_none(task: Task):
    classes = task.classes(LABELS)
    positive = task.positive(classes)
    assert positive is None or 0 <= positive < len(classes)
