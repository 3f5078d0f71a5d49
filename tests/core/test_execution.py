"""How a stage runs: checked, locked, published whole, its end recorded. The stage is a fake in place of `split`."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import ConfigDict

from dlpipe.core import execution, files
from dlpipe.core.config import Section
from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.execution import execute
from dlpipe.core.lock import locked
from dlpipe.core.process import Stopped
from dlpipe.core.project import Project
from dlpipe.core.stage import Inputs, Summary

INPUT = "label/samples.parquet"


class AnyDataset(Section):
    model_config = ConfigDict(extra="allow")


class Config(Section):
    word: str = "hello"


def work(config: Config, inputs: Inputs, out: Path) -> Summary:
    (out / "words").write_text(f"{config.word} {inputs.path(INPUT).read_text()}")
    return Summary({"words": 2})


@pytest.fixture
def project(project_factory: Callable[..., Project], monkeypatch: pytest.MonkeyPatch) -> Project:
    project = project_factory(num_samples=2, sections={"split": {}})
    text = project.versions_file.read_text()
    project.versions_file.write_text(re.sub(r"^split: \d+", "split: 1", text, flags=re.MULTILINE))
    _publish_inputs(project.data("demo"), "world")
    monkeypatch.setattr(execution, "settings", lambda _: AnyDataset)
    return project


@pytest.fixture
def run(project: Project, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Summary]:
    def start(function: Callable[..., Summary] = work, version: int = 1) -> Summary:
        code = SimpleNamespace(VERSION=version, Config=Config, run=function)
        monkeypatch.setattr(execution, "module", lambda _: code)
        return execute("split", "demo", project)

    return start


def _publish_inputs(folder: Path, word: str) -> None:
    with files.replacing(folder / "label") as draft:
        (draft / "samples.parquet").write_text(word)
    with files.replacing(folder / "clean") as draft:
        (draft / "duplicates.parquet").write_text("read by split, not by the fake")


def _published(project: Project) -> str | None:
    folder = project.outputs("demo") / "split"
    if not folder.exists():
        return None
    assert files.read_json(folder / files.DIGESTS) == files.digests(folder)
    return (folder / "words").read_text()


def _status(project: Project) -> dict[str, Any]:
    return json.loads(project.status_file("demo", "split").read_bytes())


def _nothing_is_left(project: Project) -> bool:
    return not [name for name in os.listdir(project.data("demo")) if name.startswith(".")]


def test_a_stages_folder_is_published_with_digests_and_summary(project: Project, run: Any):
    assert run().facts == {"words": 2}
    assert _published(project) == "hello world"
    assert files.read_json(project.data("demo") / "split" / "summary.json") == {"words": 2}
    assert _nothing_is_left(project)


def test_how_it_ended_is_recorded(project: Project, run: Any):
    run()
    status = _status(project)
    assert status["exit_code"] == 0
    assert 0 <= status["seconds"] < 60


def test_running_again_gives_the_same_bytes(project: Project, run: Any):
    run()
    before = files.digests(project.data("demo") / "split")
    run()
    assert files.digests(project.data("demo") / "split") == before


def test_an_input_that_changes_while_it_is_read_publishes_nothing(project: Project, run: Any):
    def change(config: Config, inputs: Inputs, out: Path) -> Summary:
        summary = work(config, inputs, out)
        inputs.path(INPUT).write_text("other")
        return summary

    _refused(run, change, Exit.INTEGRITY, r"samples\.parquet changed while split read it; nothing was published")
    assert _published(project) is None
    assert _nothing_is_left(project)


def test_an_input_that_vanishes_while_it_is_read_publishes_nothing(project: Project, run: Any):
    def take(config: Config, inputs: Inputs, out: Path) -> Summary:
        inputs.path(INPUT).unlink()
        return Summary({})

    _refused(run, take, Exit.INTEGRITY, "changed while split read it")
    assert _published(project) is None


def test_a_tampered_input_stops_it_before_it_starts(project: Project, run: Any):
    run()
    (project.data("demo") / "label" / "samples.parquet").write_text("w0rld")
    never_runs = pytest.fail
    _refused(run, never_runs, Exit.INTEGRITY, r"samples\.parquet is not what label published: SHA-256 ")
    assert _published(project) == "hello world"


def test_a_missing_input_names_the_stage_that_makes_it(project: Project, run: Any):
    files.remove(project.data("demo") / "label")
    error = _refused(run, pytest.fail, Exit.INPUT, r"label/samples\.parquet is missing")
    assert error.fix == "make it with `dlpipe label demo`, or all of them with `dlpipe run demo`"


def test_another_version_than_recorded_is_refused(project: Project, run: Any):
    _refused(lambda function: run(function, version=2), pytest.fail, Exit.INTEGRITY, "says version 1 of split")


def test_a_bad_setting_is_recorded_too(project: Project, run: Any):
    text = project.pipeline_file("demo").read_text()
    project.pipeline_file("demo").write_text(text.replace("split: {}", "split: {wrod: hi}"))
    _refused(run, pytest.fail, Exit.INPUT, r"split\.wrod: unknown setting; did you mean 'word'\?")


def test_a_no_is_published_and_then_raised(project: Project, run: Any):
    def refuse(config: Config, inputs: Inputs, out: Path) -> Summary:
        summary = work(config, inputs, out)
        return Summary(summary.facts, refusal=DlpipeError("too few words", "write more", Exit.NO))

    _refused(run, refuse, Exit.NO, "too few words")
    assert _published(project) == "hello world"


@pytest.mark.parametrize(
    ("raised", "code"),
    ((OSError(28, "No space left on device"), 4), (MemoryError(), 4), (DlpipeError("p", "f", Exit.NO), 3)),
)
def test_what_a_person_can_mend_becomes_the_one_error(raised: Exception, code: int, project: Project, run: Any):
    def fail(*_arguments: object) -> Summary:
        raise raised

    _refused(run, fail, Exit(code), ".")
    assert _nothing_is_left(project)


def test_a_bug_stays_a_bug(project: Project, run: Any):
    def fail(*_arguments: object) -> Summary:
        raise KeyError("oops")

    with pytest.raises(KeyError):
        run(fail)
    assert _status(project)["exit_code"] == Exit.BUG
    assert _published(project) is None


@pytest.mark.parametrize("code", (Exit.INTERRUPTED, Exit.TERMINATED))
def test_a_stop_leaves_the_old_folder_and_its_code(code: Exit, project: Project, run: Any):
    run()

    def stop(_config: Config, _inputs: Inputs, out: Path) -> Summary:
        (out / "half").touch()
        raise Stopped(code)

    with pytest.raises(Stopped):
        run(stop)
    assert _status(project)["exit_code"] == code
    assert _published(project) == "hello world"
    assert _nothing_is_left(project)


def test_a_second_one_on_the_same_pipeline_is_told_at_once(project: Project, run: Any):
    with locked(project.local / "locks" / "demo.lock", "it"):
        _refused(run, pytest.fail, Exit.ENVIRONMENT, "pipeline 'demo' is busy: process ")


def test_other_ranks_compute_and_publish_nothing(project: Project, run: Any, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("RANK", "1")
    files.draft_of(project.data("demo") / "split").mkdir()
    assert run().facts == {"words": 2}
    assert _published(project) is None
    assert not project.status_file("demo", "split").exists()
    assert not (project.local / "locks").exists()


def test_a_smoke_run_writes_apart_and_asks_no_version(project: Project, run: Any, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DLPIPE_LIMIT", "5")
    _publish_inputs(project.outputs("demo"), "smoke")
    run(version=7)
    assert _published(project) == "hello smoke"
    assert not (project.data("demo") / "split").exists()


def test_a_stage_may_not_write_the_summary_itself(project: Project, run: Any):
    def write(_config: Config, _inputs: Inputs, out: Path) -> Summary:
        (out / "summary.json").touch()
        return Summary({})

    with pytest.raises(ValueError, match=r"wrote summary\.json itself"):
        run(write)


def test_what_is_spent_goes_once_the_outputs_are_in_place_and_not_before(project: Project, run: Any):
    spent = project.local / "checkpoints"
    spent.mkdir(parents=True)

    def train(config: Config, inputs: Inputs, out: Path) -> Summary:
        summary = work(config, inputs, out)
        return Summary(summary.facts, spent=spent)

    def fail(config: Config, inputs: Inputs, out: Path) -> Summary:
        train(config, inputs, out)
        inputs.path(INPUT).write_text("other")
        return Summary({}, spent=spent)

    before = (project.data("demo") / INPUT).read_text()
    _refused(run, fail, Exit.INTEGRITY, "changed while")
    assert spent.exists()
    (project.data("demo") / INPUT).write_text(before)
    run(train)
    assert _published(project) == "hello world"
    assert not spent.exists()


def test_an_unknown_pipeline_is_refused_before_anything_is_made(project: Project):
    with pytest.raises(DlpipeError, match="has no pipeline 'dema'"):
        execute("split", "dema", project)
    assert not project.local.exists()


def _refused(run: Any, function: Callable[..., Any], code: Exit, words: str) -> DlpipeError:
    with pytest.raises(DlpipeError, match=words) as caught:
        run(function)
    assert caught.value.exit_code == code
    return caught.value
