from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from dlpipe.core import champion, files
from dlpipe.core.champion import Champion
from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.execution import execute
from dlpipe.core.project import Project
from tests.evaluate.evaluated import NAME, evaluated_project, samples_table
from tests.exported import exported_folder
from tests.making import read_pipeline, write_pipeline


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory: pytest.TempPathFactory) -> Project:
    metrics = {"auroc": {}, "recall": {}, "accuracy": {}}
    project = evaluated_project(tmp_path_factory.mktemp("against") / "project", metrics=metrics, baselines=False)
    execute("evaluate", NAME, project)
    with files.replacing(project.outputs(NAME) / "explain") as draft:
        files.write_json(draft / "explanations.json", {"model_digest": _exported(project)})
    return project


def _exported(project: Project) -> str:
    return files.digest(project.outputs(NAME) / "export" / "model.onnx")


@pytest.fixture
def project(evaluated: Project, tmp_path: Path) -> Project:
    shutil.copytree(evaluated.root, tmp_path / "project")
    return Project(tmp_path / "project")


def promote(project: Project, fitted: dict[str, list[str]] | None = None, **changes: Any) -> Champion:
    """A champion of the same network; `changes` replace keys of its `model.json`."""
    draft = exported_folder(project.root / "elsewhere", **changes)
    table = pl.DataFrame(fitted or {"id": ["gone.png"], "digest": ["0"]})
    table.write_parquet(draft / "fitted.parquet")
    names = ("model.onnx", "model.json", "fitted.parquet")
    one = Champion("3", *(files.digest(draft / name) for name in names), table.height, "pass")
    shutil.rmtree(one.folder(project), ignore_errors=True)
    with files.replacing(one.folder(project)) as folder:
        for name in names:
            shutil.copyfile(draft / name, folder / name)
    champion.write(project.champion_file(NAME), one)
    return one


def gate(project: Project, **settings: Any) -> dict[str, Any]:
    write_pipeline(project, NAME, {**read_pipeline(project, NAME), "gate": {"num_resamples": 200, **settings}})
    execute("gate", NAME, project)
    return files.read_json(project.outputs(NAME) / "gate" / "gate.json")


def test_without_a_champion_its_rules_say_nothing(project: Project) -> None:
    found = gate(project, champion={"auroc": {"margin": 0}})
    assert (found["verdict"], found["rules"], found["comparison"]) == ("pass", [], None)


def test_the_champion_beside_itself_passes_whatever_the_margin(project: Project) -> None:
    promote(project)
    found = gate(project, champion={"auroc": {"margin": 0}})
    assert found["verdict"] == "pass"
    assert found["comparison"]["same_model"]
    assert found["champion"] == "3"


def test_another_threshold_moves_recall_and_leaves_the_ranking(project: Project) -> None:
    promote(project, threshold=1.0)  # finds nothing
    rules = {"auroc": {"margin": 0.01}, "recall": {"margin": 0}, "groups.site.north.auroc": {"margin": 0}}
    with pytest.raises(DlpipeError) as refused:
        gate(project, champion=rules)
    assert refused.value.exit_code == Exit.NO
    assert "champion.groups.site.north.auroc" in refused.value.problem
    found = files.read_json(project.outputs(NAME) / "gate" / "gate.json")
    said = {rule["rule"]: rule for rule in found["rules"]}
    assert (said["champion.auroc"]["verdict"], said["champion.auroc"]["value"]) == ("pass", 0)
    assert said["champion.recall"]["verdict"] == "pass"  # better for sure
    assert found["comparison"]["num_samples"] == 36
    assert found["comparison"]["metrics"]["recall"]["old"] == 0
    assert set(found["comparison"]["groups"]["site"]) == {"north", "south", "west"}


def test_samples_that_the_champion_has_seen_are_left_out_and_counted(project: Project) -> None:
    test = samples_table(project).filter(pl.col("split") == "test")
    seen = {"id": [test["id"][0], "renamed.png"], "digest": ["0", test["digest"][1]]}
    promote(project, seen, threshold=0.2)
    found = gate(project)["comparison"]
    assert (found["num_samples"], found["left_out"]) == (34, 2)


def test_too_few_samples_that_it_has_not_seen_pass_nothing(project: Project) -> None:
    test = samples_table(project).filter(pl.col("split") == "test").head(10)
    promote(project, {"id": test["id"].to_list(), "digest": test["digest"].to_list()}, threshold=0.2)
    assert "26 test samples are left" in gate(project)["comparison"]["reason"]
    with pytest.raises(DlpipeError, match=r"champion\.auroc: undefined: 26 test samples"):
        gate(project, champion={"auroc": {"margin": 0.5}})


def test_a_champion_of_other_classes_cannot_be_passed(project: Project) -> None:
    promote(project, classes=["circles", "squares"])
    with pytest.raises(DlpipeError, match="other classes apart"):
        gate(project, champion={"auroc": {"margin": 0.5}})


def test_a_champion_whose_files_are_gone_ends_with_4_or_5(project: Project) -> None:
    one = promote(project, threshold=0.2)
    (one.folder(project) / "model.onnx").chmod(0o644)
    (one.folder(project) / "model.onnx").write_bytes(b"another")
    with pytest.raises(DlpipeError) as refused:
        gate(project)
    assert refused.value.exit_code in {Exit.ENVIRONMENT, Exit.INTEGRITY}
    assert not (project.outputs(NAME) / "gate").exists()


def test_a_smoke_run_is_not_held_against_it(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    promote(project, threshold=0.0)
    monkeypatch.setenv("DLPIPE_LIMIT", "120")
    shutil.copytree(project.data(NAME), project.outputs(NAME))
    found = gate(project, champion={"recall": {"margin": 0}})
    assert (found["verdict"], found["rules"][0]["verdict"]) == ("pass", "warn")


def test_the_same_inputs_give_the_same_bytes(project: Project) -> None:
    promote(project, threshold=0.2)
    gate(project)
    first = files.digests(project.outputs(NAME) / "gate")
    gate(project)
    assert files.digests(project.outputs(NAME) / "gate") == first
