"""What every plug-in of every kind promises to those who choose one and set it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from dlpipe.core import plugin
from dlpipe.core.plugin import Plugin
from tests.house.sources import PACKAGE, sources


def _kinds() -> list[type[Plugin]]:
    """Every class that names its folder: found in the code, so that a new kind is tested unasked."""
    found: list[type[Plugin]] = []
    for source in sources():
        for node in source.nodes(ast.ClassDef):
            if any(keyword.arg == "package" for keyword in node.keywords):
                name = "dlpipe." + source.name.removesuffix("/__init__.py").removesuffix(".py").replace("/", ".")
                found.append(getattr(__import__(name, fromlist=[node.name]), node.name))
    return found


KINDS = _kinds()
PLUGINS = [(kind, name) for kind in KINDS for name in plugin.names(kind)]


def _id(value: object) -> str:
    return value.__name__ if isinstance(value, type) else str(value)


@pytest.mark.parametrize("kind", KINDS, ids=_id)
def test_a_kind_lives_in_the_folder_it_names(kind: type[Plugin]):
    assert kind.__module__ == kind.package
    assert (PACKAGE.parent / Path(*kind.package.split("."))).is_dir()
    assert plugin.summary(kind).endswith(".")


@pytest.mark.parametrize("kind", KINDS, ids=_id)
def test_a_kind_has_plugins(kind: type[Plugin]):
    assert plugin.names(kind)


@pytest.mark.parametrize(("kind", "name"), PLUGINS, ids=_id)
def test_a_plugin_is_one_class_with_a_sentence_and_described_settings(kind: type[Plugin], name: str):
    found = plugin.find(kind, name)
    summary = plugin.summary(found)
    assert summary.endswith("."), summary
    assert found.__doc__ != kind.__doc__
    undescribed = [field for field, info in found.model_fields.items() if not info.description]
    assert not undescribed
    texts = [info.description or "" for info in found.model_fields.values()]
    assert all(text.endswith(".") for text in texts), texts


@pytest.mark.parametrize(("kind", "name"), PLUGINS, ids=_id)
def test_a_plugins_settings_are_frozen_and_closed(kind: type[Plugin], name: str):
    config = plugin.find(kind, name).model_config
    assert (config.get("frozen"), config.get("extra"), config.get("allow_inf_nan")) == (True, "forbid", False)
