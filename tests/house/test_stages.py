"""The table of stages, the stages' code, the wiring and the recorded versions say the same."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import BaseModel
from ruamel.yaml import YAML

from dlpipe.core.config import Section
from dlpipe.core.project import Project
from dlpipe.core.stage import SECTIONS, STAGES, module, settings
from dlpipe.workflow.wiring import other_wiring, root_wiring
from tests.house.sources import REPOSITORY

_HEAVY = (
    "torch",
    "torchvision",
    "timm",
    "sklearn",
    "mlflow",
    "pytorch_lightning",
    "albumentations",
    "onnxruntime",
    "cv2",
)


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_has_a_version_settings_and_one_verb(stage: str):
    code = module(stage)
    assert isinstance(code.VERSION, int)
    assert code.VERSION >= 1
    assert issubclass(code.Config, Section)
    assert code.run.__doc__


@pytest.mark.parametrize("section", SECTIONS)
def test_a_section_stands_with_its_defaults(section: str):
    if section in {"dataset", "ingest"}:
        pytest.skip("what the data is, only its owner can say")
    assert settings(section).model_validate({})


@pytest.mark.parametrize("section", SECTIONS)
def test_every_setting_of_a_section_is_described(section: str):
    assert not _undescribed(settings(section))


def _undescribed(model: type[BaseModel]) -> list[str]:
    return [f"{model.__name__}.{name}" for name, field in model.model_fields.items() if not field.description]


def test_importing_all_stages_loads_nothing_heavy():
    names = [f"dlpipe.{stage}.stage" for stage in STAGES]
    code = f"import {', '.join(names)}, sys; print(*sorted({{*{_HEAVY}}} & {{*sys.modules}}))"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == ""


def test_the_wiring_in_git_is_the_tables():
    (default,) = _default_pipelines()
    assert (REPOSITORY / "dvc.yaml").read_text("utf-8") == root_wiring(default)


def test_the_other_wiring_in_git_is_the_tables():
    path = REPOSITORY / "pipelines" / "dvc.yaml"
    others = [name for name in Project(REPOSITORY).pipelines() if name not in _default_pipelines()]
    assert path.is_file() == bool(others)
    if others:
        assert path.read_text("utf-8") == other_wiring(others)


def _default_pipelines() -> list[str]:
    tree = YAML(typ="safe", pure=True).load((REPOSITORY / "dvc.yaml").read_text("utf-8"))
    return tree["stages"]["ingest"]["foreach"]


def test_the_wiring_names_every_stage_with_what_it_reads():
    tree = YAML(typ="safe", pure=True).load(root_wiring("demo"))
    assert list(tree["stages"]) == list(STAGES)
    for stage in STAGES.values():
        entry = tree["stages"][stage.name]["do"]
        assert len(entry["deps"]) == len(stage.reads)
        assert entry["outs"] == [f"data/${{item}}/{stage.name}"]
        assert entry["cmd"] == f"dlpipe {stage.name} ${{item}}"


def test_recorded_versions_are_those_of_the_code():
    recorded = YAML(typ="safe", pure=True).load((REPOSITORY / "pipelines" / "versions.yaml").read_text("utf-8"))
    assert {stage: recorded.get(stage) for stage in STAGES} == {stage: module(stage).VERSION for stage in STAGES}


def test_one_word_six_places():
    for stage in STAGES:
        assert (REPOSITORY / "dlpipe" / stage / "stage.py").is_file()
        assert (REPOSITORY / "tests" / stage).is_dir()


def test_no_file_has_a_name_that_says_nothing():
    nothing = {"utils", "util", "helpers", "helper", "common", "base", "misc", "manager", "shared", "tools"}
    found = [
        path for folder in ("dlpipe", "tests") for path in Path(REPOSITORY, folder).rglob("*") if path.stem in nothing
    ]
    assert not found
