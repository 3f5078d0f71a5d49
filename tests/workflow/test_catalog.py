"""What `list` and `show` say is what the code holds."""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
from io import StringIO
from typing import Any

import pytest
from pydantic import ValidationError
from ruamel.yaml import YAML

import dlpipe
from dlpipe.core import plugin
from dlpipe.core.errors import DlpipeError
from dlpipe.core.plugin import Plugin
from dlpipe.core.say import say
from dlpipe.core.stage import SECTIONS, settings
from dlpipe.workflow.catalog import _example, kinds, list_plugins, place, plugins, show_plugin
from dlpipe.workflow.settings import settings_of

KINDS = kinds()


def test_no_kind_is_forgotten():
    packages = [found.name for found in pkgutil.walk_packages(dlpipe.__path__, "dlpipe.") if found.ispkg]
    declared = {
        value
        for package in packages
        for _, value in inspect.getmembers(importlib.import_module(package), inspect.isclass)
        if issubclass(value, Plugin) and vars(value).get("package") == package
    }
    assert declared == set(KINDS.values())


@pytest.mark.parametrize("kind", KINDS)
def test_every_plugin_has_a_sentence_and_described_settings(kind: str):
    found = plugins(KINDS[kind])
    assert found
    assert all(sentence.endswith(".") for sentence in found.values()), found
    for name in found:
        rows = settings_of(plugin.find(KINDS[kind], name))
        assert all(row.about for row in rows), (name, [row.name for row in rows if not row.about])


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_its_place_in_a_pipeline_file(kind: str):
    section, field, is_many = place(KINDS[kind])
    assert section in SECTIONS
    assert field in settings(section).model_fields
    assert isinstance(is_many, bool)


@pytest.mark.parametrize("kind", KINDS)
def test_examples_are_yaml_that_the_pipeline_file_takes(kind: str):
    for name in plugins(KINDS[kind]):
        rows = settings_of(plugin.find(KINDS[kind], name))
        text = _example(KINDS[kind], name, rows)
        section, field, is_many = place(KINDS[kind])
        tree = YAML(typ="safe", pure=True).load(StringIO(text))
        if any(row.is_required for row in rows):
            continue
        given = (
            tree[section][field][name] if is_many else {k: v for k, v in tree[section][field].items() if k != "name"}
        )
        plugin.find(KINDS[kind], name).model_validate(given)


def test_list_prints_all_kinds_as_json(capsys: pytest.CaptureFixture[str]):
    say.json = True
    list_plugins(None)
    said = json.loads(capsys.readouterr().out)
    assert set(said) == {"section", *KINDS}
    assert list(said["section"]) == list(SECTIONS)
    assert "blurry" in said["check"]


def test_list_of_one_kind_as_a_table(capsys: pytest.CaptureFixture[str]):
    list_plugins("check")
    said = capsys.readouterr().out
    assert "blurry" in said
    assert "timm" not in said


def test_show_prints_settings_and_an_example(capsys: pytest.CaptureFixture[str]):
    say.json = True
    show_plugin("check", "blurry")
    said = json.loads(capsys.readouterr().out)
    (threshold,) = [row for row in said["settings"] if row["name"] == "threshold"]
    assert threshold["bounds"] == "≥ 0, ≤ 1"
    assert threshold["type"] == "number"
    assert said["example"].startswith("clean:\n  checks:\n    blurry: {")


def test_show_says_what_is_required(capsys: pytest.CaptureFixture[str]):
    show_plugin("model", "timm")
    said = capsys.readouterr().out
    assert "(required)" in said
    assert "model: {name: timm, architecture: …}" in said


@pytest.mark.parametrize("section", SECTIONS)
def test_show_of_every_section(section: str, capsys: pytest.CaptureFixture[str]):
    show_plugin("section", section)
    assert section in capsys.readouterr().out


@pytest.mark.parametrize(
    ("kind", "name", "match"),
    (
        ("chek", "blurry", "did you mean 'check'"),
        ("check", "blury", "did you mean 'blurry'"),
        ("section", "trian", "did you mean 'train'"),
    ),
)
def test_a_misspelling_gets_the_nearest_name(kind: str, name: str, match: str):
    with pytest.raises(DlpipeError, match=match):
        show_plugin(kind, name)


def test_defaults_shown_are_defaults_taken():
    for kind in KINDS.values():
        for name in plugins(kind):
            model: Any = plugin.find(kind, name)
            shown = {row.name: row for row in settings_of(model) if "." not in row.name}
            try:
                made = model.model_validate({})
            except ValidationError:
                continue
            for field in type(made).model_fields:
                value = getattr(made, field)
                if isinstance(value, bool | int | float):
                    assert shown[field].default == (str(value).lower() if isinstance(value, bool) else str(value))
