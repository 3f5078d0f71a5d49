"""Only what can be made again goes, and only when told to."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from dlpipe.core import files
from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.lock import locked
from dlpipe.core.say import say
from dlpipe.workflow.clear import clear, readable

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dlpipe.core.project import Project

GOES = (
    ".dlpipe/checkpoints/demo/abc/last.safetensors",
    ".dlpipe/checkpoints/demo-50/abc/last.safetensors",
    ".dlpipe/smoke/demo-50/train/model.json",
    ".dlpipe/cache/embed/x.bin",
    ".dlpipe/packages/elpv.whl",
    "data/demo/.train.draft/half",
)
STAYS = (
    ".dlpipe/journal/run.jsonl",
    ".dlpipe/serve-token",
    ".dlpipe/status/demo/train.json",
    "data/demo/train/model.json",
    "data/demo/.clean.draft/whole",
    "data/demo/.clean.old/old",
    "mlflow.db",
)


@pytest.fixture
def project(project_factory: Callable[..., Project], monkeypatch: pytest.MonkeyPatch) -> Project:
    made = project_factory("demo", num_samples=2)
    for number, place in enumerate((*GOES, *STAYS)):
        path = made.root / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * (number + 1))
    monkeypatch.chdir(made.root)
    return made


def everything(root: Path) -> set[str]:
    return {
        path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file() and "locks" not in path.parts
    }


def said(capsys: pytest.CaptureFixture[str], *arguments: Any, **wishes: Any) -> Any:
    say.json = True
    clear(*arguments, **wishes)
    return json.loads(capsys.readouterr().out)


def test_listing_removes_nothing(project: Project, capsys: pytest.CaptureFixture[str]):
    before = everything(project.root)
    listed = said(capsys, None)
    assert everything(project.root) == before
    assert listed["removed"] is False
    assert listed["bytes"] == sum(range(1, len(GOES) + 1))
    assert {piece["what"] for piece in listed["pieces"]} == {"checkpoints", "smoke", "caches", "packages", "drafts"}


def test_yes_removes_what_was_listed_and_nothing_else(project: Project, capsys: pytest.CaptureFixture[str]):
    before = everything(project.root)
    assert said(capsys, None, yes=True)["removed"] is True
    assert everything(project.root) == before - set(GOES)
    assert said(capsys, None)["pieces"] == []


@pytest.mark.parametrize(
    ("what", "goes"),
    (
        ("checkpoints", GOES[:1]),
        ("smoke", GOES[1:3]),
        ("caches", GOES[3:4]),
        ("packages", GOES[4:5]),
        ("drafts", GOES[5:]),
    ),
)
def test_one_kind(project: Project, capsys: pytest.CaptureFixture[str], what: str, goes: tuple[str, ...]):
    before = everything(project.root)
    said(capsys, None, what, yes=True)
    assert everything(project.root) == before - set(goes)


def test_one_pipeline_leaves_what_is_shared(project: Project, capsys: pytest.CaptureFixture[str]):
    said(capsys, "demo", yes=True)
    left = everything(project.root)
    assert {".dlpipe/cache/embed/x.bin", ".dlpipe/packages/elpv.whl"} <= left


def test_a_pipeline_whose_name_looks_like_a_smoke_run(project: Project, capsys: pytest.CaptureFixture[str]):
    project.pipeline_file("demo-50").write_text("dataset: {}\n")
    said(capsys, "demo", yes=True)
    assert (project.root / GOES[1]).is_file()


def test_nothing_goes_while_the_pipeline_runs(project: Project):
    before = everything(project.root)
    with (
        locked(project.local / "locks" / "demo.lock", "pipeline 'demo'"),
        pytest.raises(DlpipeError, match="busy") as caught,
    ):
        clear(None, yes=True)
    assert caught.value.exit_code == Exit.ENVIRONMENT
    assert everything(project.root) == before


def test_an_interrupted_swap_is_left_to_the_next_start(project: Project, capsys: pytest.CaptureFixture[str]):
    said(capsys, None, yes=True)
    target = project.data("demo") / "clean"
    files.recover(target)
    assert [path.name for path in target.iterdir()] in (["whole"], ["old"])


def test_an_unknown_kind(project: Project):
    with pytest.raises(DlpipeError, match="did you mean 'checkpoints'"):
        clear(None, "checkpoint")


def test_sizes():
    assert [readable(number) for number in (0, 999, 1000, 1_500_000, 2e9, 3e12)] == [
        "0 B",
        "999 B",
        "1.0 kB",
        "1.5 MB",
        "2.0 GB",
        "3.0 TB",
    ]
