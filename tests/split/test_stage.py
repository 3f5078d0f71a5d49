from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from dlpipe.core import files
from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.execution import execute
from dlpipe.core.table import read_table
from tests.making import read_pipeline, write_pipeline
from tests.published import publish
from tests.split.population import population

if TYPE_CHECKING:
    from collections.abc import Callable

    from dlpipe.core.project import Project

    Factory = Callable[..., Project]


DUPLICATES = {"id": pl.String, "cluster": pl.String}


@pytest.fixture
def project(project_factory: Factory) -> Project:
    return project_factory(num_samples=1)


def split(
    project: Project, samples: pl.DataFrame, copies: dict[str, str] | None = None, **section: Any
) -> tuple[pl.DataFrame, dict[str, Any], dict[str, Any]]:
    """The table, the report and the facts."""
    write_pipeline(project, "demo", {**read_pipeline(project, "demo"), "split": section})
    nothing = pl.lit(None, pl.String)
    publish(project, "label", samples=samples.with_columns(label_origin=nothing, label_confidence=pl.lit(1.0)))
    pairs = [(sample_id, kept) for copy, kept in (copies or {}).items() for sample_id in (copy, kept)]
    publish(project, "clean", duplicates=pl.DataFrame(pairs, schema=DUPLICATES, orient="row"))
    facts = execute("split", "demo", project).facts
    out = project.outputs("demo") / "split"
    return read_table(out / "samples.parquet"), files.read_json(out / "report.json"), facts


def test_the_default_needs_no_settings(project: Project):
    table, report, facts = split(project, population())
    assert set(table["split"]) == {"train", "val", "test"}
    assert report["splitter"] == {"name": "hashed", "by": None}
    assert report["fractions"] == {"train": 0.7, "val": 0.15, "test": 0.15}
    assert facts["counts"] == report["counts"]
    assert sum(sum(row.values()) for row in report["counts"].values()) == table.height == facts["num_samples"]


def test_unlabelled_samples_stay_in_no_split_and_move_nobody(project: Project):
    samples = population()
    few = samples.with_columns(label=pl.when(pl.int_range(pl.len()) % 4 == 0).then(None).otherwise("label"))
    whole, _, _ = split(project, samples)
    table, report, facts = split(project, few)
    assert table["id"].to_list() == samples["id"].to_list()
    assert facts["num_unassigned"] == table["split"].null_count() == 100
    assert table.filter(pl.col("label").is_null())["split"].null_count() == 100
    both = table.filter(pl.col("label").is_not_null()).join(whole, on="id")
    assert both["split"].to_list() == both["split_right"].to_list()
    assert report["copies"] == {"num_clusters": 0, "num_samples": 0}


def test_groups_and_strata_by_settings(project: Project):
    section = {"splitter": {"name": "grouped_stratified", "by": "patient", "stratify": ["label"]}}
    table, report, _ = split(project, population(), **section)
    assert table.group_by("patient").agg(pl.col("split").n_unique())["split"].max() == 1
    assert report["splitter"]["stratify"] == ["label"]


def test_the_same_bytes_twice(project: Project):
    split(project, population())
    first = files.digests(project.outputs("demo") / "split")
    split(project, population())
    assert files.digests(project.outputs("demo") / "split") == first


@pytest.mark.parametrize(
    ("section", "said"),
    (
        ({"splitter": {"name": "hashed", "by": "patent"}}, "split.splitter.by: .*did you mean 'patient'"),
        ({"splitter": {"name": "hashd"}}, "did you mean 'hashed'"),
        ({"splitter": {"name": "hashed", "bye": "patient"}}, "split.splitter.bye: unknown setting; did you mean 'by'"),
        ({"splitter": {"name": "k_fold", "fold": 5}}, "split.splitter: .*fold 5 is none of 0 to 4"),
        ({"splitter": {"name": "grouped"}}, "split.splitter.by: is missing"),
        ({"fractions": {"train": 0.8}}, "split.fractions: train 0.8, val 0.15 and test 0.15 sum to 1.1, not to 1"),
        ({"fractions": {"train": 1.0, "val": 0, "test": 0}}, "split.fractions.val: input should be greater than 0"),
        ({"fractions": {"tset": 0.1}}, "split.fractions.tset: unknown setting; did you mean 'test'"),
    ),
)
def test_settings_that_cannot_be_are_said_with_their_place(project: Project, section: dict[str, Any], said: str):
    with pytest.raises(DlpipeError, match=said) as caught:
        split(project, population(), **section)
    assert caught.value.exit_code == Exit.INPUT


def test_one_class_only_is_a_no(project: Project):
    with pytest.raises(DlpipeError, match="only the class 'well'") as caught:
        split(project, population().with_columns(label=pl.lit("well")))
    assert caught.value.exit_code == Exit.NO


def test_a_class_with_one_sample_is_a_no_and_nothing_is_published(project: Project):
    label = pl.when(pl.col("id") == "00007").then(pl.lit("rare")).otherwise("label")
    with pytest.raises(DlpipeError, match="class 'rare' has only one sample") as caught:
        split(project, population().with_columns(label=label))
    assert caught.value.exit_code == Exit.NO
    assert not (project.outputs("demo") / "split").exists()


@pytest.mark.parametrize(
    "splitter",
    (
        {"name": "hashed"},
        {"name": "random"},
        {"name": "grouped", "by": "patient"},
        {"name": "k_fold", "folds": 4},
        {"name": "time", "column": "taken"},
        {"name": "predefined", "column": "official"},
    ),
)
def test_copies_lie_on_one_side(project: Project, capsys: pytest.CaptureFixture[str], splitter: dict[str, Any]):
    samples = population().with_columns(
        digest=pl.when(pl.int_range(pl.len()) % 50 == 0).then(pl.lit("same")).otherwise("digest")
    )
    table, report, facts = split(project, samples, {"00001": "00100", "00007": "00008"}, splitter=splitter)
    copies = table.filter(pl.col("id").is_in(["00001"]) | (pl.col("digest") == "same"))
    assert copies["split"].drop_nulls().n_unique() == 1
    assert table.filter(pl.col("id").is_in(["00007", "00008"]))["split"].drop_nulls().n_unique() == 1
    assert report["copies"] == {"num_clusters": 2, "num_samples": 11}
    assert facts["num_copies"] == 11
    assert "11 samples are copies of one another: 2 clusters stay whole" in capsys.readouterr().err


def test_folds_are_a_column_and_the_same_whichever_is_the_test(project: Project):
    tables = [split(project, population(), splitter={"name": "k_fold", "fold": fold})[0] for fold in range(5)]
    assert all(table["fold"].equals(tables[0]["fold"]) for table in tables)
    for fold, table in enumerate(tables):
        assert table.filter(pl.col("split") == "test")["fold"].unique().to_list() == [fold]
        assert table.filter(pl.col("split") == "val")["fold"].unique().to_list() == [(fold + 1) % 5]
    tested = pl.concat([table.filter(pl.col("split") == "test") for table in tables])
    assert sorted(tested["id"]) == tables[0]["id"].to_list()


def test_shortfalls_are_said_and_reported(project: Project, capsys: pytest.CaptureFixture[str]):
    samples = population().with_columns(day=pl.Series(["mon"] * 340 + ["tue"] * 30 + ["wed"] * 30))
    _, report, facts = split(project, samples, splitter={"name": "grouped", "by": "day"})
    assert "train has 340 of 400 of all (85%, wished 70%)" in report["shortfalls"]
    assert facts["num_shortfalls"] == len(report["shortfalls"]) == 3
    assert report["proposal"] == {
        "fractions": {"train": 0.85, "val": 0.075, "test": 0.075},
        "because": "groups of 'day' stay whole, and 'mon' alone has 340 of 400 samples",
    }
    said = capsys.readouterr().err
    assert "wished 70%" in said
    assert "within reach is `split: {fractions: {train: 0.85, val: 0.075, test: 0.075}}`: groups of 'day'" in said
