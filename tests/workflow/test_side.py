from __future__ import annotations

from pathlib import Path

import pytest

from dlpipe.core import config, files
from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.plugin import plain
from dlpipe.core.project import Project
from dlpipe.core.stage import settings
from dlpipe.tracking import attach_run, open_run
from dlpipe.tracking.names import flat_params
from dlpipe.workflow.side import side_of
from tests.making import make_project
from tests.tracking.registered import KEY, registered
from tests.tracking.stores import PIPELINE, made_database
from tests.workflow.sides import write_evaluated


@pytest.fixture
def project(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Project:
    made = make_project(tmp_path / "project", PIPELINE, num_samples=2)
    database = made_database(tmp_path_factory.getbasetemp())
    (made.root / "mlflow.db").write_bytes(database.read_bytes())
    return made


def track(project: Project, tmp_path: Path, model_digest: str = "a" * 64) -> str:
    """A run that was trained and evaluated; its id."""
    with open_run(project, PIPELINE, KEY) as run:
        run.params({"train": {"epochs": 4}})
    with attach_run(project, PIPELINE, KEY) as run:
        for path in write_evaluated(tmp_path / "evaluated", 1.0, model_digest=model_digest):
            run.artifact(path, folder="evaluate")
        return run.settled()


def test_a_pipeline_is_what_lies_in_its_folder(project: Project) -> None:
    write_evaluated(project.outputs(PIPELINE) / "evaluate", 1.0)
    found = side_of(project, PIPELINE)
    assert found.answers.table.height == 200
    assert found.settings["train.epochs"] == "2"
    assert found.settings["dataset.seed"] == "0"


def test_settings_of_a_pipeline_are_written_as_a_training_tells_them(project: Project) -> None:
    """Else a model would differ from itself."""
    write_evaluated(project.outputs(PIPELINE) / "evaluate", 1.0)
    found = side_of(project, PIPELINE).settings
    document = config.read(project.pipeline_file(PIPELINE))
    for section in ("train", "dataset"):
        told = flat_params({section: plain(config.section(document, section, settings(section)))})
        assert told.items() <= found.items()
        assert f"{section}.{'model' if section == 'train' else 'modality'}.name" in told


def test_a_run_is_found_by_the_beginning_of_its_id_or_key(project: Project, tmp_path: Path) -> None:
    run_id = track(project, tmp_path)
    for name in (run_id, run_id[:8], KEY[:10]):
        found = side_of(project, name)
        assert found.settings["train.epochs"] == "4"
        assert run_id[:8] in found.about


def test_a_version_is_its_runs_evaluation_of_that_very_model(project: Project, tmp_path: Path) -> None:
    made = registered(project, tmp_path / "export")
    track(project, tmp_path, made.model_digest)
    assert side_of(project, f"{PIPELINE}@1").about.startswith("version 1 of demo (challenger)")
    assert side_of(project, f"{PIPELINE}@challenger").evaluation["model_digest"] == made.model_digest


def test_an_evaluation_of_another_model_is_not_taken_for_the_versions(project: Project, tmp_path: Path) -> None:
    registered(project, tmp_path / "export")
    track(project, tmp_path)
    with pytest.raises(DlpipeError, match="another model") as refused:
        side_of(project, f"{PIPELINE}@1")
    assert refused.value.exit_code == Exit.INTEGRITY


@pytest.mark.parametrize(
    ("name", "words"),
    (
        ("dmo", "did you mean 'demo'"),
        ("demo", "never evaluated"),
        ("demo@7", "no version"),
        ("dmo@7", "no pipeline 'dmo'"),
        ("abcdef12", "no run 'abcdef12'"),
        ("../demo", "no pipeline, version or run"),
        ("", "no pipeline, version or run"),
    ),
)
def test_what_means_nothing_is_said_with_what_would(project: Project, name: str, words: str) -> None:
    with pytest.raises(DlpipeError, match=words) as refused:
        side_of(project, name)
    assert refused.value.exit_code == Exit.INPUT


def test_a_run_that_was_not_evaluated_says_so(project: Project) -> None:
    with open_run(project, PIPELINE, KEY) as run:
        run.params({"train": {"epochs": 4}})
    with pytest.raises(DlpipeError, match="never evaluated"):
        side_of(project, KEY)


def test_an_evaluation_of_an_older_dlpipe_says_so(project: Project) -> None:
    place, _ = write_evaluated(project.outputs(PIPELINE) / "evaluate", 1.0)
    older = {key: value for key, value in files.read_json(place).items() if key != "metric_settings"}
    files.write_json(place, older)
    with pytest.raises(DlpipeError, match="older dlpipe"):
        side_of(project, PIPELINE)
