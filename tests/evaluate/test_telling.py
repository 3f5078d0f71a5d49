from __future__ import annotations

from pathlib import Path
from typing import Any, Self

import pytest

from dlpipe.core import files
from dlpipe.core.execution import execute
from dlpipe.evaluate.telling import numbers
from tests.evaluate.evaluated import NAME


class Recorder:
    def __init__(self) -> None:
        self.told: dict[str, float | None] = {}
        self.files: list[tuple[str, str]] = []
        self.key = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.closed = True

    def metrics(self, metrics: dict[str, float | None], step: int | None = None) -> None:
        self.told |= metrics

    def artifact(self, path: Path, folder: str = "") -> None:
        assert path.is_file()
        self.files.append((path.name, folder))


def test_every_number_has_a_name_of_its_own(evaluation: dict[str, Any]) -> None:
    told = list(numbers(evaluation))
    names = [name for name, _ in told]
    assert len(set(names)) == len(names)
    found = dict(told)
    assert found["test/auroc"] == evaluation["metrics"]["auroc"]["value"]
    assert found["test/auroc_low"] == evaluation["metrics"]["auroc"]["low"]
    assert found["test/group/site/north/recall"] == evaluation["groups"]["site"]["north"]["recall"]["value"]
    assert found["test/group/site/north/n"] == evaluation["groups"]["site"]["north"]["n"]
    assert found["test/fairness/site/equalized_odds"] == evaluation["fairness"]["site"]["equalized_odds"]["value"]
    assert found["test/baseline/knn/auroc"] == evaluation["baselines"]["knn"]["auroc"]["value"]
    assert found["test/less/knn/auroc"] == evaluation["paired"]["knn"]["auroc"]["difference"]


def test_numbers_and_pictures_go_to_the_trainings_run(project, monkeypatch: pytest.MonkeyPatch) -> None:
    run = Recorder()
    monkeypatch.setattr(
        "dlpipe.tracking.attach_run", lambda _project, _pipeline, key: (setattr(run, "key", key), run)[1]
    )
    with files.replacing(project.outputs(NAME) / "train") as draft:
        files.write_json(draft / "run.json", {"key": "abc", "experiment": NAME})
    execute("evaluate", NAME, project)
    assert run.key == "abc"
    assert run.closed
    assert run.told["test/accuracy"] is not None
    assert set(run.files) == {
        (name, "evaluate")
        for name in (
            "evaluation.json",
            "efficiency.json",
            "predictions.parquet",
            "report.html",
            "confusion.png",
            "roc.png",
            "calibration.png",
            "groups.png",
        )
    }


def test_without_a_run_it_says_so_and_goes_on(project, capsys: pytest.CaptureFixture[str]) -> None:
    execute("evaluate", NAME, project)
    assert "no MLflow run gets these numbers" in capsys.readouterr().err
