from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from dlpipe.core import files
from dlpipe.core.errors import DlpipeError
from dlpipe.core.execution import execute
from dlpipe.core.table import VOTE_COLUMNS, read_table
from tests.making import read_pipeline, write_pipeline
from tests.published import publish

if TYPE_CHECKING:
    from collections.abc import Callable

    from dlpipe.core.project import Project

    Factory = Callable[..., Project]

VOTES = [
    ("a", "x", "cat", 1.0),
    ("a", "y", "cat", 1.0),
    ("a", "z", "dog", 1.0),
    ("b", "x", "dog", 1.0),
    ("tie", "x", "cat", 1.0),
    ("tie", "y", "dog", 1.0),
    ("gone", "x", "cat", 1.0),
]


@pytest.fixture
def project(project_factory: Factory) -> Project:
    made = project_factory(num_samples=1)
    ids = ["a", "b", "new", "tie"]
    samples = pl.DataFrame({"id": ids, "path": ids, "digest": ids, "site": ["n", "s", "n", "s"]})
    votes = pl.DataFrame(VOTES, schema=VOTE_COLUMNS, orient="row")
    publish(made, "ingest", votes=votes)
    publish(made, "clean", samples=samples)
    return made


def people(project: Project, *lines: dict[str, str]) -> None:
    path = project.data("demo") / "annotations" / "labels.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


def label(project: Project, **section: Any) -> tuple[dict[str, tuple[Any, ...]], dict[str, Any]]:
    write_pipeline(project, "demo", {**read_pipeline(project, "demo"), "label": section})
    summary = execute("label", "demo", project)
    table = read_table(project.outputs("demo") / "label" / "samples.parquet")
    assert table.columns == ["id", "path", "digest", "site", "label", "label_origin", "label_confidence"]
    return {row[0]: row[4:] for row in table.iter_rows()}, summary.facts


def test_votes_become_labels_and_unlabelled_samples_stay(project: Project):
    labels, facts = label(project)
    assert labels == {
        "a": ("cat", "votes", pytest.approx(2 / 3, abs=1e-6)),
        "b": ("dog", "votes", 1.0),
        "new": (None, None, None),
        "tie": (None, None, None),
    }
    assert facts == {
        "num_samples": 4,
        "num_labelled": 2,
        "num_unlabelled": 2,
        "labels": {"cat": {"votes": 1}, "dog": {"votes": 1}},
    }


def test_people_win(project: Project):
    people(
        project,
        {"id": "a", "label": "dog", "by": "eva", "why": "it barks"},
        {"id": "new", "label": "eel", "by": "eva"},
        {"id": "gone", "label": "cat", "by": "eva"},
    )
    labels, facts = label(project)
    assert labels["a"] == ("dog", "person", 1.0)
    assert labels["new"] == ("eel", "person", 1.0)
    assert facts["labels"] == {"dog": {"person": 1, "votes": 1}, "eel": {"person": 1}}
    assert facts["num_labelled"] == 3


def test_settings_of_the_labeler_reach_it(project: Project):
    labels, _ = label(project, labeler={"name": "votes", "min_confidence": 0.9})
    assert labels["a"] == (None, None, None)
    assert labels["b"] == ("dog", "votes", 1.0)


def test_a_misspelt_labeler_is_said_with_the_nearest(project: Project):
    with pytest.raises(DlpipeError, match=r"label\.labeler: .*did you mean 'votes'"):
        label(project, labeler={"name": "vote"})


def test_no_label_at_all_is_said_and_no_error(project: Project, capsys: pytest.CaptureFixture[str]):
    publish(project, "ingest", votes=pl.DataFrame(schema=VOTE_COLUMNS))
    labels, facts = label(project)
    assert facts["num_unlabelled"] == len(labels) == 4
    assert "no sample has a label" in capsys.readouterr().err


def test_the_same_bytes_twice(project: Project):
    label(project)
    first = files.digests(project.outputs("demo") / "label")
    label(project)
    assert files.digests(project.outputs("demo") / "label") == first
