"""`dvc.yaml` follows from the table of stages."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from dlpipe.core.stage import STAGES
from dlpipe.workflow.wiring import is_made_by_dlpipe, other_wiring, root_wiring

REPOSITORY = Path(__file__).resolve().parents[2]


def parsed(text: str) -> Any:
    return YAML(typ="safe", pure=True).load(io.StringIO(text))


def test_the_repository_has_the_generated_wiring():
    assert (REPOSITORY / "dvc.yaml").read_text(encoding="utf-8") == root_wiring("solar")


def test_every_stage_names_its_inputs_and_no_more():
    stages = parsed(root_wiring("demo"))["stages"]
    assert list(stages) == list(STAGES)
    for name, stage in STAGES.items():
        do = stages[name]["do"]
        assert do["cmd"] == f"dlpipe {name} ${{item}}"
        assert do["outs"] == [f"data/${{item}}/{name}"]
        assert len(do["deps"]) == len(stage.reads)
        assert {name, "dataset"} <= set(do["params"][0]["pipelines/${item}.yaml"])
    assert stages["gate"]["do"]["deps"][-1] == "pipelines/${item}.champion.json"
    assert "train/run.json" not in str(stages["evaluate"])


def test_the_other_wiring_is_the_same_one_folder_up():
    root, others = parsed(root_wiring("a")), parsed(other_wiring(["c", "b"]))
    for name in STAGES:
        assert others["stages"][name]["foreach"] == ["b", "c"]
        assert others["stages"][name]["do"].pop("wdir") == ".."
        assert others["stages"][name]["do"] == root["stages"][name]["do"]
    assert others["metrics"] == ["../data/b/evaluate/metrics.json", "../data/c/evaluate/metrics.json"]
    assert len(others["plots"]) == 2 * len(root["plots"])
    assert all(path.startswith("../data/") for plot in others["plots"] for path in plot)


@given(st.lists(st.from_regex(r"[a-z][a-z0-9_-]{0,10}", fullmatch=True), min_size=1, max_size=4, unique=True))
def test_generated_wiring_is_known_again(names: list[str]):
    text = other_wiring(names)
    assert is_made_by_dlpipe(text)
    assert text == other_wiring(list(reversed(names)))


@pytest.mark.parametrize(
    "edit",
    (
        lambda text: text + "# mine\n",
        lambda text: text.replace("cmd: dlpipe train", "cmd: nice dlpipe train"),
        lambda text: text.replace("\nstages:", "\nvars: []\nstages:"),
        lambda text: "",
        lambda text: "stages:\n",
        lambda text: root_wiring("a"),
    ),
)
def test_an_edited_file_is_known_as_such(edit: Any):
    assert not is_made_by_dlpipe(edit(other_wiring(["a", "b"])))
