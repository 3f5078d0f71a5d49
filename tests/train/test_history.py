from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dlpipe.train.history import History, line


@given(st.lists(st.sampled_from([0.1, 0.5, 0.7, 0.9]), min_size=1, max_size=12), st.booleans())
def test_the_best_epoch_is_the_first_of_the_best(values: list[float], larger: bool) -> None:
    history = History("val/x", larger)
    told = [history.add({"epoch": epoch, "val/x": value}) for epoch, value in enumerate(values)]
    best = values.index(max(values) if larger else min(values))
    assert history.best_epoch == best
    assert history.num_stale == len(values) - 1 - best
    assert told.index(True) == 0
    assert max(epoch for epoch, is_best in enumerate(told) if is_best) == best


def test_an_epoch_that_is_trained_again_replaces_its_row() -> None:
    history = History("val/loss", larger_is_better=False)
    for epoch, loss in ((0, 0.9), (1, 0.2), (1, 0.5), (2, 0.4)):
        history.add({"epoch": epoch, "val/loss": loss})
    assert [row["val/loss"] for row in history.rows] == [0.9, 0.5, 0.4]


def test_the_table_has_a_line_an_epoch_and_no_times() -> None:
    history = History("val/loss", larger_is_better=False)
    history.add({"epoch": 0, "val/loss": 0.5})
    history.add({"epoch": 1, "val/loss": 1 / 3, "lr": 1e-4, "train/loss": 0.25, "images_per_second": 17.0})
    assert history.as_csv() == "epoch,train/loss,val/loss,lr\n0,nan,0.5,nan\n1,0.25,0.333333,0.0001\n"


def test_a_line_says_what_matters() -> None:
    row = {"epoch": 2, "train/loss": 0.5, "val/loss": 0.25, "val/auroc": 0.9, "lr": 1e-4, "images_per_second": 50.4}
    said = line(row, 8, is_best=True, seconds_left=75)
    assert said == "epoch 2/8  train loss 0.5000  loss 0.2500  auroc 0.9000  lr 1.0e-04  50/s  1:15 left  best"
    assert line({"epoch": 0, "val/loss": 0.25}, 8, is_best=False).split() == ["start", "loss", "0.2500"]
