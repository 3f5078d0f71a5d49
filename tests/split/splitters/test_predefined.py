from __future__ import annotations

import polars as pl
import pytest

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.split.splitters.predefined import Predefined
from tests.split.population import WISH


def given(*values: str | None) -> pl.DataFrame:
    return pl.DataFrame(
        {"id": [f"{number:03}" for number in range(len(values))], "set": values},
        schema={"id": pl.String, "set": pl.String},
    )


def test_the_column_is_taken_with_its_usual_words():
    samples = given("train", "Training", "validation", "dev", "valid", "val", "TEST", " testing", None, "")
    assert Predefined(column="set").assign(samples, WISH).splits == [
        *("train", "train", "val", "val", "val", "val", "test", "test", None, None)
    ]


def test_samples_in_no_split_are_counted():
    assignment = Predefined(column="set").assign(given("train", "test", "val", None), WISH)
    assert assignment.notes == ["1 labelled samples have no 'set' and are in no split"]


def test_another_word_is_an_error_with_what_may_stand_there():
    with pytest.raises(DlpipeError, match="column 'set' holds 'Trian', 'holdout'") as caught:
        Predefined(column="set").assign(given("train", "Trian", "holdout"), WISH)
    assert caught.value.exit_code == Exit.INPUT


def test_val_can_come_from_train_where_there_is_none():
    samples = given(*["train"] * 500, *["test"] * 100)
    assignment = Predefined(column="set", val_from_train=0.2).assign(samples, WISH)
    assert assignment.splits.count("val") == pytest.approx(100, abs=25)
    assert assignment.splits.count("test") == 100
    assert assignment.notes == [f"'set' has no val: {assignment.splits.count('val')} samples of train were taken"]
    untouched = Predefined(column="set", val_from_train=0.2).assign(given(*["train"] * 9, "val"), WISH)
    assert untouched.splits.count("train") == 9
