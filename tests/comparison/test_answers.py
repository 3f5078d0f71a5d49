from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from dlpipe.comparison.answers import Answers, IncomparableError, answers_of, pair_of, read_answers
from dlpipe.metrics import Predictions

CLASSES = ["no", "yes"]


def answers(
    ids: str = "abcd", classes: list[str] = CLASSES, positive: str | None = "yes", **more: list[str]
) -> Answers:
    random = np.random.default_rng(len(ids))
    rows = random.dirichlet(np.ones(len(classes)), len(ids))
    place = None if positive is None else classes.index(positive)
    labels = pl.Series([classes[number % 2] for number in range(len(ids))])
    made = answers_of(pl.Series(list(ids)), labels, classes, Predictions(rows, rows.argmax(axis=1), place))
    return Answers(
        made.table.with_columns(**{name: pl.Series(values) for name, values in more.items()}), classes, positive
    )


def test_only_samples_of_both_are_compared_in_the_order_of_their_ids() -> None:
    new = answers("dxcb")
    pair = pair_of(new, answers("dzcb"))
    assert pair.y_true.size == 3
    wanted = new.table.filter(pl.col("id").is_in(["b", "c", "d"])).sort("id")["p.yes"].to_list()
    assert pair.new.probabilities[:, 1].tolist() == wanted


def test_another_order_of_classes_is_the_same_question() -> None:
    old = answers(classes=["yes", "no"])
    relabelled = Answers(old.table.with_columns(label=answers().table["label"]), old.classes, "yes")
    pair = pair_of(answers(), relabelled)
    assert pair.old.probabilities[:, 1].tolist() == relabelled.table["p.yes"].to_list()
    assert pair.old.positive == pair.new.positive == 1


def test_a_sample_whose_label_changed_is_left_out() -> None:
    old = answers()
    changed = old.table.with_columns(label=pl.when(pl.col("id") == "a").then(pl.lit("yes")).otherwise("label"))
    assert pair_of(answers(), Answers(changed, CLASSES, "yes")).y_true.size == 3


def test_samples_may_be_left_out_by_name() -> None:
    assert pair_of(answers(), answers(), without=pl.Series(["a", "z"])).y_true.size == 3


@pytest.mark.parametrize(
    "old",
    (
        answers(classes=["no", "maybe"], positive="maybe"),
        answers(positive="no"),
        answers(positive=None),
        answers("wxyz"),
    ),
)
def test_what_cannot_be_compared_is_refused_with_a_reason(old: Answers) -> None:
    with pytest.raises(IncomparableError) as refused:
        pair_of(answers(), old)
    assert refused.value.reason


def test_groups_and_clusters_are_those_of_the_new_one() -> None:
    new = answers(**{"group.site": list("nnss"), "cluster": list("1122")})
    pair = pair_of(new, answers(**{"group.other": list("xxxx")}))
    assert {name: group.tolist() for name, group in pair.groups.items()} == {"site": list("nnss")}
    assert pair.clusters is not None
    assert pair.clusters.tolist() == list("1122")


def test_hostile_class_names_are_names(tmp_path: Path) -> None:
    classes = ["old.0", "p.old.0"]
    pair = pair_of(answers(classes=classes, positive=None), answers(classes=classes, positive=None))
    assert pair.new.probabilities.tolist() == pair.old.probabilities.tolist()


def test_what_evaluate_wrote_is_read(tmp_path: Path) -> None:
    one = answers()
    one.table.write_parquet(tmp_path / "predictions.parquet")
    found = read_answers({"classes": CLASSES, "positive": 1}, tmp_path / "predictions.parquet")
    assert found.table.equals(one.table)
    assert found.positive == "yes"
