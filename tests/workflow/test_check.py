"""All mistakes at once, each with its file and line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.say import say
from dlpipe.workflow.check import check, check_pipeline, mistakes

if TYPE_CHECKING:
    from collections.abc import Callable

    from dlpipe.core.project import Project


@pytest.fixture
def project(project_factory: Callable[..., Project], monkeypatch: pytest.MonkeyPatch) -> Project:
    made = project_factory("demo", num_samples=2)
    monkeypatch.chdir(made.root)
    return made


def edited(project: Project, old: str, new: str) -> None:
    path = project.pipeline_file("demo")
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_no_mistake(project: Project, capsys: pytest.CaptureFixture[str]):
    check(None)
    assert capsys.readouterr().out == "demo: no mistake\n"
    check_pipeline(project, "demo")


def test_all_mistakes_of_all_sections_at_once(project: Project):
    edited(project, "name: folder", "name: fodler")
    edited(project, "size_px: 32", "size_px: many")
    edited(project, "exact_duplicate: {}", "exact_duplicate: {treshold: 1}")
    edited(project, "register: {}", "registre: {}")
    with pytest.raises(DlpipeError) as caught:
        check("demo")
    assert caught.value.exit_code == Exit.INPUT
    lines = caught.value.problem.splitlines()
    path = str(project.pipeline_file("demo"))
    assert len(lines) == 5
    assert all(line.startswith(f"{path}:") for line in lines)
    assert any("did you mean 'folder'" in line for line in lines)
    assert any("did you mean 'threshold'" in line for line in lines)
    assert any("did you mean 'register'" in line for line in lines)
    numbered = [line.removeprefix(f"{path}:").split(":")[0] for line in lines]
    assert sum(number.isdecimal() for number in numbered) == 4


def test_json_holds_the_mistakes_too(project: Project, capsys: pytest.CaptureFixture[str]):
    edited(project, "name: folder", "name: fodler")
    say.json = True
    with pytest.raises(DlpipeError):
        check(None)
    (mistake,) = json.loads(capsys.readouterr().out)["demo"]
    assert "fodler" in mistake


@pytest.mark.parametrize(
    ("place", "words"),
    (
        ("data/demo/annotations/labels.jsonl", "labels.jsonl: is missing; an empty file will do"),
        ("pipelines/demo.champion.json", "demo.champion.json is missing"),
        ("pipelines/versions.yaml", "versions.yaml is missing"),
    ),
)
def test_files_that_stages_expect(project: Project, place: str, words: str):
    (project.root / place).unlink()
    (mistake,) = mistakes(project, "demo")
    assert words in mistake


def test_a_pipeline_that_nothing_wires(project: Project):
    wiring = project.root / "dvc.yaml"
    wiring.write_text(wiring.read_text().replace("foreach: [demo]", "foreach: [other]", 1))
    (mistake,) = mistakes(project, "demo")
    assert "wires no ingest for 'demo'" in mistake


def test_a_wiring_of_another_dlpipe_is_a_mistake(project: Project):
    wiring = project.root / "dvc.yaml"
    text = wiring.read_text().replace("        - data/${item}/ingest/votes.parquet\n", "", 1)
    wiring.write_text(text.replace("cmd: dlpipe gate", "cmd: echo").replace("            - outside.${item}\n", ""))
    found = [mistake.partition(": ")[2] for mistake in mistakes(project, "demo")]
    assert found == [
        "stages.ingest: lacks `params: pipelines/versions.yaml: outside.${item}`, which this dlpipe needs",
        "stages.clean: lacks `deps: data/${item}/ingest/votes.parquet`, which this dlpipe needs",
        "stages.gate: lacks `cmd: dlpipe gate ${item}`, which this dlpipe needs",
    ]


def test_a_wiring_may_say_more(project: Project):
    wiring = project.root / "dvc.yaml"
    text = wiring.read_text().replace("      outs:\n", "      desc: mine\n      outs:\n")
    wiring.write_text(text + "artifacts:\n  model:\n    path: data/demo/export/model.onnx\n")
    assert mistakes(project, "demo") == []


def test_a_broken_wiring_is_a_mistake_with_its_line(project: Project):
    (project.root / "dvc.yaml").write_text("stages:\n  a: [\n")
    assert any("dvc.yaml:" in mistake for mistake in mistakes(project, "demo"))
    (project.root / "dvc.yaml").write_text("other: 1\n")
    assert any("has no 'stages'" in mistake for mistake in mistakes(project, "demo"))


def test_no_yaml_at_all(project: Project):
    project.pipeline_file("demo").write_text("\x00")
    assert len(mistakes(project, "demo")) == 1


def test_a_pipeline_that_is_not_there(project: Project):
    with pytest.raises(DlpipeError, match="did you mean 'demo'"):
        check("dmeo")
