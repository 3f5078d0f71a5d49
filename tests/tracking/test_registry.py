from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from dlpipe.core import files
from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.project import Project
from dlpipe.tracking import attach_run, new_key, registry
from dlpipe.tracking.registry import Candidate, Registered, register
from dlpipe.tracking.store import Store
from tests.tracking.models import answers, pictures, write_onnx
from tests.tracking.servers import stub
from tests.tracking.stores import PIPELINE, client, project_with, runs

if TYPE_CHECKING:
    from mlflow.entities.model_registry import ModelVersion

KEY = "0123456789abcdef0123456789abcdef"
Offer = Callable[..., Candidate]


@pytest.fixture
def offer(tmp_path: Path) -> Offer:
    """`offer(bias=…, threshold=…)`: an exported model; the same one for the same numbers."""

    def made(bias: float = 0.0, threshold: float = 0.5, **said: Any) -> Candidate:
        folder = tmp_path / f"export-{bias}-{threshold}"
        write_onnx(folder / "model.onnx", bias=bias)
        (folder / "model.json").write_text(json.dumps({"threshold": threshold}))
        (folder / "fitted.parquet").write_bytes(b"ids")
        given: dict[str, Any] = {"tags": {}, "description": "", "provenance": (), **said}
        return Candidate(folder / "model.onnx", folder / "model.json", folder / "fitted.parquet", **given)

    return made


def versions(project: Project) -> list[ModelVersion]:
    found = client(project).search_model_versions(f"name='{PIPELINE}'")
    return sorted(found, key=lambda version: int(version.version))


def aliases(project: Project) -> dict[str, str]:
    return {name: str(number) for name, number in client(project).get_registered_model(PIPELINE).aliases.items()}


def refusal(project: Project, candidate: Candidate) -> DlpipeError:
    with pytest.raises(DlpipeError) as refused:
        register(project, PIPELINE, KEY, candidate)
    return refused.value


def test_a_model_becomes_a_version_that_leads_back(project: Project, offer: Offer, tmp_path: Path) -> None:
    lock = tmp_path / "dvc.lock"
    lock.write_text("stages: {}\n")
    candidate = offer(tags={"dlpipe.gate.verdict": "pass"}, description="# Card", provenance=[lock])
    digest = files.digest(candidate.onnx)
    found = register(project, PIPELINE, KEY, candidate)

    assert found == Registered(PIPELINE, "1", ("challenger",), digest, reused=False)
    (version,) = versions(project)
    assert (version.tags["dlpipe.model.digest"], version.tags["dlpipe.gate.verdict"]) == (digest, "pass")
    assert version.description == "# Card"
    (run,) = runs(project)
    assert version.run_id == run.info.run_id
    assert (run.data.tags["dlpipe.run"], run.data.tags["dlpipe.registered"]) == (KEY, f"{PIPELINE}/1")
    shown = client(project).list_artifacts(run.info.run_id, "provenance")
    assert [entry.path for entry in shown] == ["provenance/dvc.lock"]


def test_others_can_load_what_was_registered(project: Project, offer: Offer) -> None:
    import mlflow
    from mlflow import pyfunc

    register(project, PIPELINE, KEY, offer())
    mlflow.set_tracking_uri(f"sqlite:///{project.root}/mlflow.db")
    found: Any = pyfunc.load_model(f"models:/{PIPELINE}@challenger").predict({"inputs": pictures()})
    for name, wanted in answers(pictures()).items():
        np.testing.assert_allclose(found[name], wanted, rtol=1e-6)


def test_the_same_model_is_the_same_version_with_what_leads_back_now(project: Project, offer: Offer) -> None:
    register(project, PIPELINE, KEY, offer(tags={"dlpipe.data.licence": "unknown"}))
    again = register(project, PIPELINE, new_key(), offer(tags={"dlpipe.data.licence": "CC0-1.0"}))

    assert (again.version, again.reused) == ("1", True)
    (version,) = versions(project)
    assert version.tags["dlpipe.data.licence"] == "CC0-1.0"
    assert {run.data.tags["dlpipe.registered"] for run in runs(project)} == {f"{PIPELINE}/1"}


def test_another_model_is_the_challenger_and_the_champion_stays(project: Project, offer: Offer) -> None:
    register(project, PIPELINE, KEY, offer())
    second = register(project, PIPELINE, KEY, offer(bias=0.5))
    assert (second.version, second.aliases) == ("2", ("challenger",))
    assert aliases(project) == {"challenger": "2"}

    client(project).set_registered_model_alias(PIPELINE, "champion", "2")
    assert register(project, PIPELINE, KEY, offer()).aliases == ("challenger",)
    assert aliases(project) == {"champion": "2", "challenger": "1"}


def test_another_threshold_is_another_model_with_files_of_its_own(project: Project, offer: Offer) -> None:
    candidates = [offer(threshold=0.5), offer(threshold=0.3)]
    assert [register(project, PIPELINE, KEY, each).version for each in candidates] == ["1", "2"]
    for version, candidate in zip(versions(project), candidates, strict=True):
        place = str(version.source).rpartition("/")[2]
        there = Path(client(project).download_artifacts(str(version.run_id), place))
        assert (there / "model.json").read_bytes() == candidate.described.read_bytes()
        assert (there / "model.onnx").read_bytes() == candidate.onnx.read_bytes()


def test_a_version_that_a_person_deleted_is_made_again(project: Project, offer: Offer) -> None:
    register(project, PIPELINE, KEY, offer())
    client(project).delete_model_version(PIPELINE, "1")
    again = register(project, PIPELINE, KEY, offer())
    assert (again.version, again.reused) == ("2", False)


def test_a_registry_apart_from_the_runs_gets_the_version(
    project: Project, offer: Offer, database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = project_with(database, tmp_path / "other")
    monkeypatch.setenv("MLFLOW_REGISTRY_URI", f"sqlite:///{other.root}/mlflow.db")
    register(project, PIPELINE, KEY, offer())
    monkeypatch.delenv("MLFLOW_REGISTRY_URI")
    assert (len(versions(project)), len(versions(other))) == (0, 1)
    assert (len(runs(project)), len(runs(other))) == (1, 0)


def test_a_description_longer_than_mlflow_takes_is_cut(project: Project, offer: Offer) -> None:
    register(project, PIPELINE, KEY, offer(description="x" * 20_000))
    (version,) = versions(project)
    assert str(version.description).endswith("x…")


class Changed:
    """MLflow's client with some calls of another kind."""

    def __init__(self, real: Any, **calls: Callable[..., Any]) -> None:
        self._real = real
        self.__dict__.update(calls)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


def test_the_version_is_found_on_whatever_page_it_stands(
    project: Project, offer: Offer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for bias in (0.0, 0.5):
        register(project, PIPELINE, KEY, offer(bias=bias))
    real = registry.client_of

    def of_short_pages(store: Store) -> Changed:
        found = real(store)

        def search(wanted: str, max_results: int, page_token: str | None) -> Any:
            return found.search_model_versions(wanted, max_results=1, page_token=page_token)

        return Changed(found, search_model_versions=search)

    monkeypatch.setattr(registry, "client_of", of_short_pages)
    assert [register(project, PIPELINE, KEY, offer(bias=bias)).version for bias in (0.0, 0.5)] == ["1", "2"]


def test_a_registry_that_is_away_is_the_environments_fault(
    project: Project, offer: Offer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with stub() as address:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", address.replace("http://", "http://me:secret@"))
        refused = refusal(project, offer())
    assert refused.exit_code == Exit.ENVIRONMENT
    assert address in refused.problem
    assert "secret" not in refused.problem


def test_a_registry_that_goes_away_later_is_named_with_the_command_that_goes_on(
    project: Project, offer: Offer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "client_of", lambda _store: lost_after(1, project))
    refused = refusal(project, offer())
    assert refused.exit_code == Exit.ENVIRONMENT
    assert f"did not register '{PIPELINE}': lost" in refused.problem
    assert f"`dlpipe register {PIPELINE}`" in refused.fix


def test_a_value_that_the_registry_does_not_take_is_no_matter_of_waiting(
    project: Project, offer: Offer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mlflow.exceptions import MlflowException

    def older_server(*_: Any, **__: Any) -> None:
        raise MlflowException.invalid_parameter_value("tag value is longer than 5000 characters")

    real = registry.client_of
    monkeypatch.setattr(registry, "client_of", lambda store: Changed(real(store), create_model_version=older_server))
    refused = refusal(project, offer())
    assert refused.exit_code == Exit.INPUT
    assert "tag value is longer than 5000" in refused.problem


class Failing:
    """MLflow's client, whose nth call fails after it was done."""

    def __init__(self, real: Any, nth: int) -> None:
        self._real, self._left = real, nth

    def __getattr__(self, name: str) -> Any:
        def call(*args: Any, **kwargs: Any) -> Any:
            answer = getattr(self._real, name)(*args, **kwargs)
            self._left -= 1
            if self._left == 0:
                raise ConnectionError("lost")
            return answer

        return call


def lost_after(nth: int, project: Project) -> Failing:
    return Failing(client(project), nth)


def test_whichever_call_is_lost_there_is_one_version_in_the_end(
    project: Project, offer: Offer, monkeypatch: pytest.MonkeyPatch
) -> None:
    candidate, nth = offer(), 0
    run_id = attach_run(project, PIPELINE, KEY).settled()
    monkeypatch.setattr(registry, "_mention", lambda *_: run_id)  # the journal's calls have a test of their own

    def next_fails(_store: Store) -> Failing:
        nonlocal nth
        nth += 1
        return lost_after(nth, project)

    monkeypatch.setattr(registry, "client_of", next_fails)
    codes: list[Exit] = []
    while Exit.DONE not in codes and len(codes) < 40:
        try:
            register(project, PIPELINE, KEY, candidate)
            codes.append(Exit.DONE)
        except DlpipeError as error:
            codes.append(error.exit_code)

    assert codes == [Exit.ENVIRONMENT] * (len(codes) - 1) + [Exit.DONE]
    assert len(codes) > 8
    (version,) = versions(project)
    assert aliases(project) == {"challenger": str(version.version)}


def test_other_bytes_than_were_sent_are_refused(project: Project, offer: Offer) -> None:
    register(project, PIPELINE, KEY, offer())
    (stored,) = (project.root / "mlruns").rglob("model.onnx")
    stored.write_bytes(b"a proxy's error page")
    refused = refusal(project, offer())
    assert "other bytes" in refused.problem
    assert refused.exit_code == Exit.INTEGRITY


def test_a_store_that_keeps_other_bytes_gets_no_version(
    project: Project, offer: Offer, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = registry.client_of

    def of_a_bad_disk(store: Store) -> Changed:
        found = real(store)

        def log(run_id: str, folder: str, place: str) -> None:
            other = Path(folder).with_name("other")
            shutil.copytree(folder, other)
            (other / "model.onnx").write_bytes(b"half")
            found.log_artifacts(run_id, str(other), place)

        return Changed(found, log_artifacts=log)

    monkeypatch.setattr(registry, "client_of", of_a_bad_disk)
    assert refusal(project, offer()).exit_code == Exit.INTEGRITY
    assert versions(project) == []
    monkeypatch.undo()
    assert register(project, PIPELINE, KEY, offer()).version == "1"
