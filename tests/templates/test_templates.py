"""Pipeline files that come with dlpipe."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from dlpipe.core.stage import SECTIONS
from dlpipe.templates import pipeline_text, ready

REPOSITORY = Path(__file__).resolve().parents[2]


def test_the_repositorys_own_pipeline_ships_as_it_is():
    assert ready() == ["solar"]
    assert pipeline_text("solar", None) == (REPOSITORY / "pipelines/solar.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ("flowers", "solar", "image"))
def test_every_template_has_every_section(name: str):
    tree = YAML(typ="safe", pure=True).load(StringIO(pipeline_text(name, None)))
    assert list(tree) == list(SECTIONS)


def test_the_general_one_speaks_of_its_pipeline():
    text = pipeline_text("flowers", None)
    assert "data/flowers/raw/CLASS" in text
    assert "NAME" not in text


@pytest.mark.parametrize("root", ("/pictures", 'a "b" \\ c', "ü # : {}", "a\nb"))
@pytest.mark.parametrize("name", ("flowers", "solar"))
def test_a_root_of_any_spelling(name: str, root: str):
    tree = YAML(typ="safe", pure=True).load(StringIO(pipeline_text(name, root)))
    assert tree["ingest"]["source"]["root"] == root
    assert tree["ingest"]["source"]["name"] in {"folder", "elpv"}
