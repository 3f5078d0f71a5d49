from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dlpipe.core import files
from dlpipe.core.project import Project
from dlpipe.core.stage import STAGES, Inputs
from dlpipe.register import lineage
from tests.register.conftest import KEY
from tests.tracking.repositories import committed, git
from tests.tracking.stores import PIPELINE

GATE = {"verdict": "pass"}
EVALUATION = {"metrics": {"auroc": {"value": 0.9, "low": 0.8, "high": None}}}
CARD = {"name": "demo", "licence": "CC-BY-NC-SA-4.0", "non_commercial": True}


def tags(inputs: Inputs) -> dict[str, str]:
    return lineage.tags(inputs, GATE, CARD, EVALUATION, KEY)


def write_lock(lock: Path, pipeline: str = PIPELINE, raw: str = f"data/{PIPELINE}/raw") -> None:
    """What DVC writes once two stages have run."""
    annotations = {"path": f"data/{PIPELINE}/annotations", "md5": "dd.dir"}
    ingest = {"deps": [annotations, {"path": raw, "md5": "aa.dir"}], "outs": [{"path": "x", "md5": "bb.dir"}]}
    stages = {f"ingest@{pipeline}": ingest, f"train@{pipeline}": {"outs": [{"path": "x", "md5": "cc.dir"}]}}
    lock.write_text(json.dumps({"schema": "2.0", "stages": stages}))


def test_tags_lead_back_to_commit_run_gate_and_licence(project: Project, inputs: Inputs) -> None:
    commit = committed(project.root)
    assert {
        "mlflow.source.git.commit": commit,
        "mlflow.source.git.branch": "main",
        "mlflow.source.git.dirty": "false",
        "dlpipe.run": KEY,
        "dlpipe.pipeline": PIPELINE,
        "dlpipe.gate.verdict": "pass",
        "dlpipe.gate.digest": files.digest(inputs.path("gate/gate.json")),
        "dlpipe.evaluation.digest": files.digest(inputs.path("evaluate/evaluation.json")),
        "dlpipe.data.licence": "CC-BY-NC-SA-4.0",
        "dlpipe.data.non_commercial": "true",
    }.items() <= tags(inputs).items()
    project.pipeline_file(PIPELINE).write_text("dataset: {seed: 3}\n")
    assert tags(inputs)["mlflow.source.git.dirty"] == "true"


def test_a_model_that_decides_by_group_says_so_on_its_version(inputs: Inputs) -> None:
    assert "dlpipe.decides.by" not in tags(inputs)
    path = inputs.path("export/model.json")
    rule = {"thresholds": [0.5, 0.5], "first": 1.0, "ignored": 0.0, "constant": 0.0}
    rules = {"by": "site", "rules": {"north": rule, "south": rule}}
    path.write_text(json.dumps({**files.read_json(path), "group_thresholds": rules}))
    found = tags(inputs)
    assert (found["dlpipe.decides.by"], found["dlpipe.decides.groups"]) == ("site", "'north', 'south'")


def test_what_there_is_nothing_to_say_of_says_none(inputs: Inputs) -> None:
    found = lineage.tags(inputs, GATE, {}, EVALUATION, KEY)
    assert {found[f"mlflow.source.git.{name}"] for name in ("commit", "branch", "dirty")} == {"none"}
    assert {value for name, value in found.items() if name.startswith("dlpipe.dvc.")} == {"none"}
    assert (found["dlpipe.data.digest"], found["dlpipe.data.licence"]) == ("none", "none")
    assert found["dlpipe.data.non_commercial"] == "false"
    assert "dlpipe.smoke" not in found


@pytest.mark.parametrize(
    ("lock", "raw"), (("dvc.lock", f"data/{PIPELINE}/raw"), ("pipelines/dvc.lock", f"../data/{PIPELINE}/raw"))
)
def test_dvcs_digests_of_all_earlier_stages_stand_there(project: Project, inputs: Inputs, lock: str, raw: str) -> None:
    write_lock(project.root / lock, raw=raw)
    found = tags(inputs)
    said = {name.removeprefix("dlpipe.dvc."): value for name, value in found.items() if name.startswith("dlpipe.dvc.")}
    assert said.keys() == {"raw", *STAGES} - {"register"}
    assert {name: value for name, value in said.items() if value != "none"} == {
        "raw": "aa.dir",
        "ingest": "bb.dir",
        "train": "cc.dir",
    }
    assert found["dlpipe.data.digest"] == "bb.dir"


def test_data_elsewhere_have_no_digest_of_dvc(project: Project, inputs: Inputs) -> None:
    """`ingest.source.root` points out of the project: DVC does not read it."""
    write_lock(project.root / "dvc.lock", raw="/srv/pictures")
    assert tags(inputs)["dlpipe.dvc.raw"] == "none"


def test_a_smoke_run_says_so_and_takes_nothing_from_dvc(
    project: Project, inputs: Inputs, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    write_lock(project.root / "dvc.lock")
    monkeypatch.setenv("DLPIPE_LIMIT", "20")
    outputs = project.outputs(PIPELINE)
    outputs.parent.mkdir(parents=True)
    project.data(PIPELINE).rename(outputs)
    found = tags(inputs)
    assert (found["dlpipe.smoke"], found["dlpipe.dvc.raw"], found["dlpipe.data.digest"]) == ("20", "none", "none")
    assert lineage.provenance(inputs, tmp_path) == [project.pipeline_file(PIPELINE)]


def test_provenance_is_the_pipeline_file_its_locks_and_what_differs(
    project: Project, inputs: Inputs, tmp_path: Path
) -> None:
    pipeline_file, lock = project.pipeline_file(PIPELINE), project.root / "dvc.lock"
    assert lineage.provenance(inputs, tmp_path) == [pipeline_file]
    write_lock(lock)
    write_lock(project.root / "pipelines" / "dvc.lock", "other")
    committed(project.root)
    assert lineage.provenance(inputs, tmp_path) == [pipeline_file, lock], "another pipeline's lock is not shown"

    pipeline_file.write_text("dataset: {seed: 3}\n")
    patch = tmp_path / "uncommitted.diff"
    assert lineage.provenance(inputs, tmp_path) == [pipeline_file, lock, patch]
    git(project.root, "checkout", "-q", "pipelines")
    git(project.root, "apply", str(patch))
    assert pipeline_file.read_text() == "dataset: {seed: 3}\n"


def test_a_difference_of_many_megabytes_is_not_sent(project: Project, inputs: Inputs, tmp_path: Path) -> None:
    committed(project.root)
    (project.root / "dvc.yaml").write_text("# a line\n" * 400_000)
    *_, patch = lineage.provenance(inputs, tmp_path)
    assert patch.stat().st_size < 1_100_000
    assert "# cut here" in patch.read_text()[-100:]


def card_of(inputs: Inputs, **changes: Any) -> list[str]:
    evaluation = {**files.read_json(inputs.path("evaluate/evaluation.json")), **changes}
    return lineage.description(inputs, GATE, CARD, evaluation).splitlines()


def test_the_model_card_says_what_a_reader_of_the_registry_asks(inputs: Inputs) -> None:
    lines = card_of(inputs)
    assert lines[0] == f"Trained by dlpipe's pipeline `{PIPELINE}` on **demo** (CC-BY-NC-SA-4.0, non-commercial)."
    assert "Gate: **pass**. Test samples: 40." in lines
    assert lines[-2:] == ["| auroc | 0.900 | 0.850 to 0.940 |", "| ece | undefined | undefined to undefined |"]


@pytest.mark.parametrize(("confidence", "said"), ((0.9, "90 %"), (0.95, "95 %"), (0.999, "99.9 %"), (0.57, "57 %")))
def test_the_model_card_says_what_its_intervals_hold(inputs: Inputs, confidence: float, said: str) -> None:
    lines = card_of(inputs, intervals={"confidence": confidence})
    assert f"| metric | value | {said} interval |" in lines


def test_the_metrics_of_a_tag_are_json_however_many_there_are(inputs: Inputs) -> None:
    assert json.loads(tags(inputs)["dlpipe.metrics"]) == {"auroc": {"value": 0.9, "low": 0.8, "high": None}}
    many = {"metrics": {f"metric_{number}": {"value": 0.5} for number in range(1000)}}
    found = lineage.tags(inputs, GATE, CARD, many, KEY)["dlpipe.metrics"]
    assert 10 < len(json.loads(found)) < 1000
    assert len(found) <= 4000
