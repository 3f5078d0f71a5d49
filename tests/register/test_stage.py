from __future__ import annotations

import json
import shutil

import pytest

from dlpipe.core import files
from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.register.stage import Config, run
from tests.register.conftest import KEY, fill, judge
from tests.tracking.servers import nobody
from tests.tracking.stores import PIPELINE, client, project_with, runs


def versions(project):
    return list(client(project).search_model_versions(f"name='{PIPELINE}'"))


def test_a_model_becomes_a_version_that_leads_back(project, inputs, out):
    summary = run(Config(), inputs, out)

    data = project.data(PIPELINE)
    digest = files.digest(data / "export" / "model.onnx")
    assert json.loads((out / "version.json").read_text()) == {
        "schema_version": 1,
        "name": PIPELINE,
        "version": "1",
        "aliases": ["challenger"],
        "run_key": KEY,
        "model_digest": digest,
    }
    assert "dlpipe promote" in " ".join(summary.notes)
    (version,) = versions(project)
    assert version.tags["dlpipe.model.digest"] == digest
    assert version.tags["dlpipe.gate.verdict"] == "pass"
    assert version.tags["dlpipe.run"] == KEY
    assert json.loads(version.tags["dlpipe.metrics"])["auroc"] == {"value": 0.9, "low": 0.85, "high": 0.94}
    assert version.tags["dlpipe.fitted.samples"] == "2"
    assert "| auroc | 0.900 | 0.850 to 0.940 |" in version.description
    (tracked,) = runs(project)
    assert version.run_id == tracked.info.run_id
    assert tracked.data.tags["dlpipe.registered"] == f"{PIPELINE}/1"
    (shown,) = client(project).list_artifacts(version.run_id, "provenance")
    assert shown.path == f"provenance/{PIPELINE}.yaml"


def test_a_model_that_is_registered_already_is_said_to_be(project, inputs, out):
    run(Config(), inputs, out)
    summary = run(Config(), inputs, out)

    assert summary.facts["version"] == "1"
    assert "is already version 1" in summary.notes[0]
    assert len(versions(project)) == 1


VERDICTS = [
    ("pass", {}, None),
    ("fail", {}, Exit.NO),
    ("pass", {"model_digest": "0" * 64}, Exit.INTEGRITY),
    ("pass", {"evaluation_digest": "0" * 64}, Exit.INTEGRITY),
    ("fail", {"model_digest": "0" * 64}, Exit.INTEGRITY),
    ("", {}, Exit.NO),
    ("pass", {"rules": [{"rule": "auroc", "verdict": "fail"}]}, Exit.INTEGRITY),  # a verdict turned by hand
    ("pass", {"rules": [{"rule": "auroc", "verdict": "warn"}]}, None),
    ("pass", {"rules": [{"rule": "auroc"}]}, Exit.INTEGRITY),
]


@pytest.mark.parametrize(("verdict", "other", "code"), VERDICTS)
def test_only_what_the_gate_let_pass_is_registered(project, inputs, out, verdict, other, code):
    judge(project.data(PIPELINE), verdict, **other)
    if code is None:
        run(Config(), inputs, out)
        return
    with pytest.raises(DlpipeError) as refused:
        run(Config(), inputs, out)
    assert refused.value.exit_code == code
    assert not any(out.iterdir())
    assert versions(project) == []


def test_nothing_is_published_while_the_registry_is_away(inputs, out, monkeypatch):
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", nobody())
    with pytest.raises(DlpipeError) as refused:
        run(Config(), inputs, out)
    assert refused.value.exit_code == Exit.ENVIRONMENT
    assert not any(out.iterdir())


def test_a_smoke_run_registers_in_its_own_store(project, out, monkeypatch, tmp_path):
    monkeypatch.setenv("DLPIPE_LIMIT", "20")
    from dlpipe.core.stage import STAGES, Inputs

    other = project_with(project.root / "mlflow.db", tmp_path / "other")
    data = fill(other)
    home = other.outputs(PIPELINE)
    shutil.copytree(data, home)
    shutil.copyfile(project.root / "mlflow.db", home / "mlflow.db")
    (other.root / "dvc.lock").write_text("{}")
    run(Config(), Inputs(STAGES["register"], PIPELINE, other, None, data / "raw"), out)

    assert versions(other) == []
    assert json.loads((out / "version.json").read_text())["version"] == "1"
