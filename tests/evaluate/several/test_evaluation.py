"""The evaluation of several labels: sets, classes, groups, baselines, and what is left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import f1_score, hamming_loss, roc_auc_score

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.execution import execute
from dlpipe.gate.limits import numbers
from dlpipe.report import evaluation_table
from dlpipe.tasks.multi_label import MultiLabel
from tests.evaluate.evaluated import NAME
from tests.evaluate.several.planted import CLASSES, THRESHOLDS, several_project

if TYPE_CHECKING:
    from pathlib import Path


def answers(folder: Path) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Labels, answers and probabilities of predictions.parquet."""
    table = pl.read_parquet(folder / "predictions.parquet")
    task, classes = MultiLabel(), list(CLASSES)
    given = table.select(f"p.{name}" for name in classes).to_numpy()
    return task.encode(table["label"], classes), task.encode(table["predicted"], classes), given


def test_the_numbers_are_those_of_scikit_learn(of_sets: Path, evaluation_of_sets: dict[str, Any]) -> None:
    has, said, given = answers(of_sets)
    metrics = {name: entry["value"] for name, entry in evaluation_of_sets["metrics"].items()}
    assert metrics["micro_f1"] == pytest.approx(f1_score(has, said, average="micro"), abs=1e-6)
    assert metrics["hamming_loss"] == pytest.approx(hamming_loss(has, said), abs=1e-6)
    assert metrics["macro_auroc"] == pytest.approx(roc_auc_score(has, given, average="macro"), abs=1e-4)
    for place, name in enumerate(CLASSES):
        one = evaluation_of_sets["per_class"][name]
        assert one["f1"]["value"] == pytest.approx(f1_score(has[:, place], said[:, place]), abs=1e-6)
        assert one["auroc"]["value"] == pytest.approx(roc_auc_score(has[:, place], given[:, place]), abs=1e-4)
        assert (one["n"], one["threshold"]) == (has[:, place].sum(), THRESHOLDS[place])
        assert sum(one["answers"].values()) == evaluation_of_sets["num_samples"] == len(has)


def test_everything_has_an_interval_or_a_reason(evaluation_of_sets: dict[str, Any]) -> None:
    for path, entry in numbers(evaluation_of_sets).items():
        if entry["value"] is None or entry["low"] is None:
            assert entry["reason"], path
        else:
            assert entry["low"] <= entry["high"], path
    assert evaluation_of_sets["intervals"]["drawn_by"] == "sample"


def test_a_gate_may_name_sets_classes_groups_and_gaps(evaluation_of_sets: dict[str, Any]) -> None:
    known = numbers(evaluation_of_sets)
    named = ("micro_f1", "per_class.stripes.recall", "groups.site.north.macro_f1", "baselines.knn.micro_f1")
    assert set(named) <= set(known)
    assert "fairness.site.equalized_odds.stripes" in known
    assert "paired.logistic_regression.micro_f1" in known
    assert not [path for path in known if path.startswith(("thresholds", "left_out", "task"))]


def test_what_makes_no_sense_is_left_out_with_a_reason(evaluation_of_sets: dict[str, Any]) -> None:
    for part in ("selective", "conformal", "confusion"):
        assert part not in evaluation_of_sets
        assert len(evaluation_of_sets["left_out"][part]) > 20
    assert evaluation_of_sets["out_of_distribution"] == {}
    assert evaluation_of_sets["near_duplicates"]["count"]["value"] >= 0


def test_the_terminal_shows_sets_and_classes(evaluation_of_sets: dict[str, Any]) -> None:
    from rich.console import Console

    console = Console(width=120, record=True, file=None, force_terminal=False)
    with console.capture() as shown:
        console.print(evaluation_table(evaluation_of_sets))
    said = shown.get()
    assert "Mean avg. precision" in said
    assert "By class" in said
    assert "Equalized odds: stripes" in said


@pytest.mark.parametrize(
    ("settings", "code", "said"),
    (
        ({"metrics": {"accuracy": {}}}, Exit.INPUT, r"evaluate\.metrics\.accuracy does not suit the task multi_label"),
        ({"cluster_by": "nothing"}, Exit.INPUT, "no attribute 'nothing'"),
    ),
)
def test_what_does_not_suit_is_refused_in_a_sentence(
    tmp_path: Path, settings: dict[str, Any], code: Exit, said: str
) -> None:
    project = several_project(tmp_path / "project", **settings)
    with pytest.raises(DlpipeError, match=said) as caught:
        execute("evaluate", NAME, project)
    assert caught.value.exit_code == code


def test_the_same_inputs_give_the_same_bytes(of_sets: Path, tmp_path: Path) -> None:
    project = several_project(tmp_path / "project")
    execute("evaluate", NAME, project)
    again = project.outputs(NAME) / "evaluate"
    for name in ("evaluation.json", "predictions.parquet", "report.html", "plots/roc.csv", "plots/confusion.csv"):
        assert (again / name).read_bytes() == (of_sets / name).read_bytes(), name
