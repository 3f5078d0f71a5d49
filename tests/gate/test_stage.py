from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dlpipe.core import files
from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.execution import execute
from dlpipe.core.project import Project
from tests.gate.test_limits import EVALUATION
from tests.making import make_project, read_pipeline, write_pipeline

NAME = "demo"
MODEL = b"a network"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = make_project(tmp_path / "project", NAME, num_samples=2)
    with files.replacing(made.outputs(NAME) / "export") as draft:
        (draft / "model.onnx").write_bytes(MODEL)
        files.write_json(draft / "model.json", {"classes": ["a", "b"]})
    publish_evaluation(made)
    with files.replacing(made.outputs(NAME) / "split") as draft:
        (draft / "samples.parquet").write_bytes(b"read only beside a champion")
    return made


def publish_evaluation(project: Project, **changes: Any) -> None:
    exported = files.digest(project.outputs(NAME) / "export" / "model.onnx")
    with files.replacing(project.outputs(NAME) / "evaluate") as draft:
        files.write_json(draft / "evaluation.json", {**EVALUATION, "model_digest": exported, **changes})
        (draft / "predictions.parquet").write_bytes(b"read only beside a champion")
        times = {"latency_ms": {"batch_1": {"p95": {"value": 7.5, "low": 7, "high": 9}}}}
        files.write_json(draft / "efficiency.json", {"model_digest": exported, "efficiency": times, **changes})
    with files.replacing(project.outputs(NAME) / "explain") as draft:
        gain = {"value": 0.2, "low": 0.1, "high": 0.3}
        explained = {"model_digest": exported, "faithfulness": {"gradcam": {"gain": gain}}, "samples": [], **changes}
        files.write_json(draft / "explanations.json", explained)


def gate(project: Project, **limits: Any) -> dict[str, Any]:
    """What the stage publishes for these limits, whatever the answer."""
    sections = read_pipeline(project, NAME)
    write_pipeline(project, NAME, {**sections, "gate": {"limits": limits}})
    execute("gate", NAME, project)
    return published(project)


def published(project: Project) -> dict[str, Any]:
    return files.read_json(project.outputs(NAME) / "gate" / "gate.json")


def test_a_pass_says_what_it_was_about(project: Project) -> None:
    found = gate(project, auroc={"at_least": 0.8})
    assert found["verdict"] == "pass"
    assert [rule["rule"] for rule in found["rules"]] == ["auroc"]
    assert found["model_digest"] == files.digest(project.outputs(NAME) / "export" / "model.onnx")
    assert found["evaluation_digest"] == files.digest(project.outputs(NAME) / "evaluate" / "evaluation.json")
    assert found["champion"] is None


def test_a_limit_may_be_of_what_the_model_costs(project: Project) -> None:
    found = gate(project, **{"efficiency.latency_ms.batch_1.p95": {"at_most": 9, "on": "high"}})
    assert found["rules"][0]["why"] == "high end 9 is within the limit"


def test_a_limit_may_be_of_how_the_model_explains_itself(project: Project) -> None:
    found = gate(project, **{"explanations.faithfulness.gradcam.gain": {"at_least": 0, "on": "low"}})
    assert found["rules"][0]["why"] == "low end 0.1 is within the limit"


def test_a_refusal_is_published_and_names_every_failed_rule(project: Project) -> None:
    limits = {"auroc": {"at_least": 0.99}, "ece": {"at_most": 0.1}, "num_samples": {"at_least": 1}}
    with pytest.raises(DlpipeError) as caught:
        gate(project, **limits)
    assert caught.value.exit_code == Exit.NO
    assert "auroc: 0.9 is below 0.99 (interval 0.85 to 0.95)" in caught.value.problem
    assert "ece: undefined: no samples" in caught.value.problem
    assert "num_samples" not in caught.value.problem
    found = published(project)
    assert found["verdict"] == "fail"
    assert [rule["verdict"] for rule in found["rules"]] == ["fail", "fail", "pass"]


def test_a_warning_passes_and_is_said(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    limit = {"fairness.site.equalized_odds": {"at_most": 0.05, "warn": True}}
    assert gate(project, **limit)["verdict"] == "pass"
    assert published(project)["rules"][0]["verdict"] == "warn"
    assert "fairness.site.equalized_odds: 0.1 is above 0.05" in capsys.readouterr().err


def test_no_limits_pass_and_say_so(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    assert gate(project)["verdict"] == "pass"
    assert "no limits are set" in capsys.readouterr().err


def test_an_evaluation_of_another_model_ends_with_5_and_blesses_nothing(project: Project) -> None:
    publish_evaluation(project, model_digest="0" * 64)
    with pytest.raises(DlpipeError) as caught:
        gate(project, auroc={"at_least": 0.8})
    assert caught.value.exit_code == Exit.INTEGRITY
    assert not (project.outputs(NAME) / "gate").exists()


@pytest.mark.parametrize("stage", ("evaluate/evaluation.json", "export/model.json"))
def test_an_edited_input_ends_with_5(project: Project, stage: str) -> None:
    place = project.outputs(NAME) / stage
    place.write_bytes(place.read_bytes().replace(b"0.9", b"1.0") + b" ")
    with pytest.raises(DlpipeError) as caught:
        gate(project, auroc={"at_least": 0.8})
    assert caught.value.exit_code == Exit.INTEGRITY


def test_an_unknown_name_ends_with_2_and_publishes_nothing(project: Project) -> None:
    with pytest.raises(DlpipeError, match="did you mean 'auroc'") as caught:
        gate(project, aurok={"at_least": 0.8})
    assert caught.value.exit_code == Exit.INPUT
    assert not (project.outputs(NAME) / "gate").exists()


def test_the_same_inputs_give_the_same_bytes(project: Project) -> None:
    gate(project, auroc={"at_least": 0.8})
    first = files.digests(project.outputs(NAME) / "gate")
    gate(project, auroc={"at_least": 0.8})
    assert files.digests(project.outputs(NAME) / "gate") == first


def test_the_verdict_goes_to_the_trainings_run(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    told: dict[str, str] = {}

    class Run:
        def __enter__(self):
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def tags(self, tags: dict[str, str]) -> None:
            told.update(tags)

    monkeypatch.setattr("dlpipe.tracking.attach_run", lambda _project, _pipeline, key: Run() if key == "abc" else None)
    with files.replacing(project.outputs(NAME) / "train") as draft:
        files.write_json(draft / "run.json", {"key": "abc", "experiment": NAME})
    gate(project, auroc={"at_least": 0.8})
    assert told == {"dlpipe.gate": "pass"}
