from __future__ import annotations

import json
import shutil
import subprocess

import numpy as np
import pytest

from dlpipe.core import files
from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.register.stage import Config, run
from dlpipe.tracking import registry
from tests.register.conftest import KEY, fill, judge, write, write_onnx
from tests.tracking.servers import nobody, stub
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
        "aliases": ["challenger", "champion"],
        "run_key": KEY,
        "model_digest": digest,
    }
    assert "champion too, because there was none" in " ".join(summary.notes)
    (version,) = versions(project)
    assert version.tags["dlpipe.model.digest"] == digest
    assert version.tags["dlpipe.gate.verdict"] == "pass"
    assert version.tags["dlpipe.data.licence"] == "CC-BY-NC-SA-4.0"
    assert version.tags["dlpipe.data.non_commercial"] == "true"
    assert version.tags["mlflow.source.git.commit"] == "none"
    assert version.tags["dlpipe.data.digest"] == "none"
    assert version.tags["dlpipe.run"] == KEY
    assert "| auroc | 0.900 | 0.850 to 0.940 |" in version.description
    assert "| ece | undefined |" in version.description
    (tracked,) = runs(project)
    assert version.run_id == tracked.info.run_id
    assert tracked.data.tags["dlpipe.registered"] == f"{PIPELINE}/1"


def test_others_can_load_what_was_registered(project, inputs, out):
    import mlflow
    from mlflow import pyfunc

    run(Config(), inputs, out)
    mlflow.set_tracking_uri(f"sqlite:///{project.root}/mlflow.db")
    loaded = pyfunc.load_model(f"models:/{PIPELINE}@champion")
    example = np.arange(2 * 3 * 4 * 4, dtype=np.uint8).reshape(2, 3, 4, 4)
    answer = loaded.predict({"inputs": example})

    features = example.mean(axis=(2, 3), dtype=np.float32)
    np.testing.assert_allclose(answer["features"], features, rtol=1e-6)
    np.testing.assert_allclose(answer["outputs"], features @ np.array([[1, 0], [0, 1], [1, 1]], np.float32), rtol=1e-6)
    signature = loaded.metadata.signature
    assert [(spec.name, spec.type, spec.shape) for spec in signature.inputs] == [("inputs", np.uint8, (-1, 3, 4, 4))]
    assert [spec.name for spec in signature.outputs] == ["outputs", "features"]
    assert loaded.input_example["inputs"].shape == (2, 3, 4, 4)


def test_the_files_are_the_checked_ones_and_their_digests_lie_beside_them(project, inputs, out, tmp_path):
    run(Config(), inputs, out)
    (version,) = versions(project)
    place = version.source.rpartition("/")[2]
    folder = tmp_path / "there"
    folder.mkdir()
    from pathlib import Path

    there = Path(client(project).download_artifacts(version.run_id, place, str(folder)))

    exported = project.data(PIPELINE) / "export"
    assert (there / "model.onnx").read_bytes() == (exported / "model.onnx").read_bytes()
    assert (there / "model.json").read_bytes() == (exported / "model.json").read_bytes()
    assert json.loads((there / "digests.json").read_text()) == files.digests(there)
    required = (there / "requirements.txt").read_text().splitlines()
    assert sorted(line.partition("==")[0] for line in required) == ["mlflow", "numpy", "onnx", "onnxruntime"]
    assert not list(there.rglob("*.pkl"))


def test_the_same_model_is_the_same_version(project, inputs, out):
    run(Config(), inputs, out)
    summary = run(Config(), inputs, out)

    assert summary.facts["version"] == "1"
    assert "is already version 1" in summary.notes[0]
    assert len(versions(project)) == 1


def test_another_model_is_the_challenger_and_the_champion_stays(project, inputs, out):
    run(Config(), inputs, out)
    data = project.data(PIPELINE)
    write_onnx(data / "export" / "model.onnx", bias=0.5)
    judge(data)
    summary = run(Config(), inputs, out)

    assert (summary.facts["version"], summary.facts["aliases"]) == ("2", "challenger")
    aliases = client(project).get_registered_model(PIPELINE).aliases
    assert {name: str(version) for name, version in aliases.items()} == {"champion": "1", "challenger": "2"}


def test_another_threshold_is_another_model(project, inputs, out):
    run(Config(), inputs, out)
    write(project.data(PIPELINE) / "export" / "model.json", {"classes": ["a", "b"], "threshold": 0.3})
    assert run(Config(), inputs, out).facts["version"] == "2"
    first, second = sorted(versions(project), key=lambda version: int(version.version))
    assert first.source != second.source, "each version keeps its own files"


VERDICTS = [
    ("pass", {}, None),
    ("fail", {}, Exit.NO),
    ("pass", {"model_digest": "0" * 64}, Exit.INTEGRITY),
    ("pass", {"evaluation_digest": "0" * 64}, Exit.INTEGRITY),
    ("fail", {"model_digest": "0" * 64}, Exit.INTEGRITY),
    ("", {}, Exit.NO),
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


@pytest.mark.parametrize("how", ("gone", "500"))
def test_a_registry_that_is_away_is_the_environments_fault(project, inputs, out, monkeypatch, how):
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with stub() as failing:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", nobody() if how == "gone" else failing)
        with pytest.raises(DlpipeError) as refused:
            run(Config(), inputs, out)
    assert refused.value.exit_code == Exit.ENVIRONMENT
    assert not any(out.iterdir())


class Failing:
    """MLflow's client, whose nth call fails after it was done."""

    def __init__(self, client, nth):
        self._client, self._left = client, nth

    def __getattr__(self, name):
        def call(*args, **kwargs):
            answer = getattr(self._client, name)(*args, **kwargs)
            self._left -= 1
            if self._left == 0:
                raise ConnectionError("lost")
            return answer

        return call


def test_whichever_call_is_lost_there_is_one_version_in_the_end(project, inputs, out, monkeypatch, tmp_path):
    real, attempts = registry.client_of, []

    def next_fails(store):
        attempts.append(1)
        return Failing(real(store), len(attempts))

    made = tmp_path / "made"
    registry.write_mlmodel(inputs.path("export/model.onnx"), [inputs.path("export/model.json")], made)
    monkeypatch.setattr(registry, "write_mlmodel", lambda _onnx, _beside, folder: shutil.copytree(made, folder))
    monkeypatch.setattr(registry, "client_of", next_fails)
    codes = [_code(inputs, out)]
    while codes[-1] != Exit.DONE and len(codes) < 40:
        codes.append(_code(inputs, out))

    assert codes == [Exit.ENVIRONMENT] * (len(codes) - 1) + [Exit.DONE]
    assert len(codes) > 8
    assert (out / "version.json").is_file()
    (version,) = versions(project)
    aliases = client(project).get_registered_model(PIPELINE).aliases
    assert {str(number) for number in aliases.values()} == {str(version.version)}
    assert set(aliases) == {"champion", "challenger"}


def _code(inputs, out):
    try:
        run(Config(), inputs, out)
    except DlpipeError as error:
        return error.exit_code
    return Exit.DONE


def test_other_bytes_than_were_sent_are_refused(project, inputs, out):
    run(Config(), inputs, out)
    (stored,) = (project.root / "mlruns").rglob("model.onnx")
    stored.write_bytes(b"a proxy's error page")
    with pytest.raises(DlpipeError, match="other bytes") as refused:
        run(Config(), inputs, out)
    assert refused.value.exit_code == Exit.INTEGRITY


def test_git_and_dvc_lead_back(project, inputs, out):
    def git(*words):
        name = ("-c", "user.name=a", "-c", "user.email=a@b.c")
        subprocess.run(["git", "-C", str(project.root), *name, *words], check=True, capture_output=True)

    git("init", "-b", "main")
    git("add", "pipelines", "dvc.yaml")
    git("commit", "-m", "first")
    pipeline_file = project.pipeline_file(PIPELINE)
    pipeline_file.write_text("dataset: {seed: 3}\n")
    lock = {"deps": [{"path": f"data/{PIPELINE}/raw", "md5": "aa.dir"}], "outs": [{"path": "x", "md5": "bb.dir"}]}
    stages = {f"ingest@{PIPELINE}": lock, f"train@{PIPELINE}": {"outs": [{"path": "x", "md5": "cc.dir"}]}}
    (project.root / "dvc.lock").write_text(json.dumps({"schema": "2.0", "stages": stages}))
    run(Config(), inputs, out)

    (version,) = versions(project)
    assert len(version.tags["mlflow.source.git.commit"]) == 40
    assert version.tags["mlflow.source.git.dirty"] == "true"
    assert version.tags["dlpipe.dvc.raw"] == "aa.dir"
    assert version.tags["dlpipe.data.digest"] == version.tags["dlpipe.dvc.ingest"] == "bb.dir"
    assert version.tags["dlpipe.dvc.train"] == "cc.dir"
    assert version.tags["dlpipe.dvc.gate"] == "none"
    shown = client(project).list_artifacts(version.run_id, "provenance")
    assert {entry.path for entry in shown} == {
        f"provenance/{name}" for name in ("dvc.lock", f"{PIPELINE}.yaml", "uncommitted.diff")
    }
    patch = next((project.root / "mlruns").rglob("uncommitted.diff")).read_text()
    assert "+dataset: {seed: 3}" in patch


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
