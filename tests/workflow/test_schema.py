"""A schema goes into the pipeline file once, and later only if somebody asks for it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from dlpipe.clean.stage import Config
from dlpipe.core import config
from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.execution import execute
from dlpipe.core.say import say
from dlpipe.workflow.schema import _flow, write_schema
from tests.published import publish_vectors

if TYPE_CHECKING:
    from collections.abc import Callable

    from dlpipe.core.project import Project


@pytest.fixture
def project(project_factory: Callable[..., Project], monkeypatch: pytest.MonkeyPatch) -> Project:
    made = project_factory()
    monkeypatch.chdir(made.root)
    execute("ingest", "demo", made)
    publish_vectors(made)
    return made


def text(project: Project) -> str:
    return project.pipeline_file("demo").read_text(encoding="utf-8")


def grow(project: Project) -> None:
    """A class and a colour mode that were not there."""
    place = project.data("demo") / "raw" / "yes"
    place.mkdir()
    Image.effect_noise((32, 32), 64).save(place / "grey.png")
    execute("ingest", "demo", project)
    publish_vectors(project)


def test_it_is_written_once_and_what_it_was_inferred_from_keeps_it(
    project: Project, capsys: pytest.CaptureFixture[str]
):
    before = text(project)
    write_schema("demo")
    assert "classes: [circles, stripes]" in capsys.readouterr().out
    lines = text(project).splitlines()
    start = lines.index("  contract:")
    end = next(number for number in range(start + 1, len(lines)) if not lines[number].startswith("    "))
    assert [*lines[:start], *lines[end:]] == before.splitlines()
    held = config.section(config.read(project.pipeline_file("demo")), "clean", Config).contract
    assert held is not None
    assert (held.classes, held.pictures.modes if held.pictures else None) == (["circles", "stripes"], ["RGB"])
    assert execute("clean", "demo", project).facts["anomalies"] == {}
    write_schema("demo", update=True)
    assert "the samples are what clean.contract says" in capsys.readouterr().out


def test_what_differs_stops_clean_and_is_shown_but_not_written_unasked(
    project: Project, capsys: pytest.CaptureFixture[str]
):
    write_schema("demo")
    grow(project)
    with pytest.raises(DlpipeError, match=r"classes: new: 'yes' \(1\) \(new_class\)\n.*colour mode L \(1\)") as caught:
        execute("clean", "demo", project)
    assert caught.value.exit_code == Exit.NO
    assert "Unlike its schema" in (project.outputs("demo") / "clean" / "report.html").read_text(encoding="utf-8")
    before = text(project)
    write_schema("demo")
    assert text(project) == before
    said = capsys.readouterr().out
    assert '+    classes: [circles, stripes, "yes"]' in said
    assert "nothing was written; `dlpipe schema demo --update` does" in said
    write_schema("demo", update=True)
    assert execute("clean", "demo", project).facts["anomalies"] == {}


def test_severities_that_somebody_set_stay(project: Project):
    write_schema("demo")
    path = project.pipeline_file("demo")
    path.write_text(text(project).replace("    classes: [", "    severity: {new_mode: ignore}\n    classes: ["))
    grow(project)
    write_schema("demo", update=True)
    assert "severity: {new_mode: ignore}" in text(project)


def test_as_json(project: Project, capsys: pytest.CaptureFixture[str]):
    say.json = True
    write_schema("demo")
    answer = json.loads(capsys.readouterr().out)
    assert (answer["written"], answer["changed"]) == (True, True)
    assert answer["schema"]["classes"] == ["circles", "stripes"]


def test_before_ingest_there_is_nothing_to_infer_from(
    project_factory: Callable[..., Project], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(project_factory().root)
    with pytest.raises(DlpipeError, match=r"samples\.parquet is missing"):
        write_schema("demo")


@pytest.mark.parametrize("word", ("yes", "No", "null", "3", "a: b", "ü\u2028\x7f", '"', "#", "", "~", "rose", "I;16"))
def test_text_stays_text_in_yaml(word: str):
    from ruamel.yaml import YAML

    assert YAML(typ="safe", pure=True).load(f"x: {{{_flow(word)}: {_flow([word, 0.25, 3])}}}") == {
        "x": {word: [word, 0.25, 3]}
    }
