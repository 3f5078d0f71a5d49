from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlpipe.core.errors import DlpipeError
from dlpipe.dataset import Dataset
from dlpipe.train.cells import balanced_order, cost
from dlpipe.train.samples import Lesson, lesson
from tests.trainable import config_of


def taken(of_data: tuple[str, ...] = (), **settings: Any) -> Lesson:
    rows = [
        *(("good", "mono", "train"),) * 6,
        *(("bad", "mono", "train"),) * 2,
        *(("good", "poly", "train"),) * 3,
        *(("bad", None, "train"),) * 1,
        *(("good", "mono", "val"), ("bad", "thin", "val")),
    ]
    table = pl.DataFrame(
        {
            "id": [f"{number:02}" for number in range(len(rows))],
            "label": [row[0] for row in rows],
            "label_confidence": [1.0] * len(rows),
            "kind": [row[1] for row in rows],
            "split": [row[2] for row in rows],
        }
    )
    dataset = Dataset.model_validate(
        {"modality": {"name": "image"}, "task": {"name": "classification"}, "groups": list(of_data)}
    )
    return lesson(table, dataset, config_of(**settings))


def test_cells_are_groups_by_label_and_those_of_val_alone_have_no_name() -> None:
    found = taken(group_balance="sampling", groups=["kind"])
    assert found.cells == ["(missing) · bad", "mono · bad", "mono · good", "poly · good"]
    assert found.train.cells.tolist() == [2] * 6 + [1] * 2 + [3] * 3 + [0]
    assert found.val.cells.tolist() == [2, 4]


def test_groups_of_the_data_set_are_taken_where_training_names_none() -> None:
    assert taken(("kind",), group_balance="sampling").cells == taken(group_balance="weights", groups=["kind"]).cells


def test_weights_even_out_the_cells_and_sampling_only_the_start() -> None:
    weighed = taken(group_balance="weights", groups=["kind"]).train
    sums = np.bincount(weighed.cells, weights=weighed.weights)
    assert sums == pytest.approx([3, 3, 3, 3])
    assert weighed.start_weights.tolist() == weighed.weights.tolist()
    for settings in ({"group_balance": "sampling"}, {"objective": {"name": "group_dro"}}):
        shown = taken(groups=["kind"], **settings).train
        assert set(shown.weights.tolist()) == {1.0}
        assert shown.start_weights.tolist() == weighed.weights.tolist()


def test_without_a_wish_nothing_is_grouped() -> None:
    found = taken(("no such",))
    assert (found.cells, set(found.train.cells.tolist())) == ([], {0})


@pytest.mark.parametrize(
    ("settings", "said"),
    (
        ({"group_balance": "sampling"}, "neither train.groups nor dataset.groups names any"),
        ({"objective": {"name": "group_dro"}}, "neither train.groups nor dataset.groups names any"),
        ({"group_balance": "weights", "groups": ["kin"]}, "no attribute 'kin'; did you mean 'kind'"),
    ),
)
def test_groups_that_are_not_there_are_told(settings: Any, said: str) -> None:
    with pytest.raises(DlpipeError, match=said):
        taken(**settings)


def test_classes_are_not_evened_out_twice() -> None:
    with pytest.raises(ValueError, match="take `class_weights` out"):
        config_of(group_balance="sampling", class_weights="balanced")


@given(st.lists(st.integers(0, 4), min_size=1, max_size=120), st.integers(0, 1000))
def test_every_cell_is_shown_equally_often_and_so_are_its_samples(cells: list[int], seed: int) -> None:
    array = np.array(cells)
    shown, rounds = balanced_order(array, np.random.default_rng(seed))
    counts = np.bincount(array[shown], minlength=5)[np.unique(array)]
    assert counts.sum() == len(cells)
    assert np.ptp(counts) <= 1
    times = np.bincount(shown, minlength=len(cells))
    for cell in np.unique(array):
        assert np.ptp(times[array == cell]) <= 1
    for sample in np.unique(shown):
        assert sorted(rounds[shown == sample]) == list(range(times[sample]))


def test_over_many_epochs_every_sample_gets_its_expected_share() -> None:
    cells = np.array([0] * 70 + [1] * 20 + [2] * 10)
    random = np.random.default_rng(0)
    epochs = 600
    times = sum(np.bincount(balanced_order(cells, random)[0], minlength=100) for _ in range(epochs)) / epochs
    expected = np.array([100 / 3 / 70] * 70 + [100 / 3 / 20] * 20 + [100 / 3 / 10] * 10)
    assert times == pytest.approx(expected, abs=0.1)


@pytest.mark.parametrize(
    ("settings", "said"),
    (
        ({"group_balance": "sampling"}, "shows each of its samples 3.0 times"),
        ({"group_balance": "weights"}, "weighs 3.0 times as much"),
        ({"objective": {"name": "group_dro"}}, "the more it counts"),
    ),
)
def test_the_cost_is_told(settings: Any, said: str) -> None:
    config = config_of(groups=["kind"], **settings)
    told = cost(taken(groups=["kind"], **settings), config)
    assert said in told
    assert "rarest '(missing) · bad' (1 training samples)" in told
    assert "usually falls" in told
