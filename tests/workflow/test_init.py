"""`dlpipe init` adds and never overwrites."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from dlpipe.core import config, files
from dlpipe.core.dvc import environment
from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.project import Project, find_project
from dlpipe.core.say import say
from dlpipe.core.stage import STAGES
from dlpipe.workflow.check import mistakes
from dlpipe.workflow.init import init
from dlpipe.workflow.wiring import other_wiring, root_wiring

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with one pipeline; copied by the tests that change it."""
    folder = tmp_path_factory.mktemp("made") / "a b'c"
    init("flowers", folder=folder)
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    copy = tmp_path / "project"
    shutil.copytree(made, copy)
    monkeypatch.chdir(copy)
    return copy


def files_of(folder: Path) -> dict[str, bytes]:
    """Every file but those of git and DVC's own."""
    found = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return {path.as_posix(): (folder / path).read_bytes() for path in found if not {".git", "tmp"} & set(path.parts)}


def parsed(path: Path) -> Any:
    return YAML(typ="safe", pure=True).load(path)


def dvc(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "dvc", *arguments]
    return subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True, check=False)


def test_an_empty_folder_becomes_a_project(made: Path):
    assert set(files_of(made)) == {
        ".dvc/.gitignore",
        ".dvc/config",
        ".dvcignore",
        ".gitignore",
        "data/flowers/.gitignore",
        "data/flowers/annotations/labels.jsonl",
        "data/flowers/annotations/verdicts.jsonl",
        "dvc.yaml",
        "pipelines/flowers.champion.json",
        "pipelines/flowers.yaml",
        "pipelines/versions.yaml",
    }
    assert (made / "data/flowers/raw").is_dir()
    assert (made / ".git").is_dir()
    assert find_project(made) == Project(made.resolve())


def test_wiring_and_settings_are_those_of_the_repository(made: Path):
    assert (made / "dvc.yaml").read_text() == root_wiring("flowers")
    assert (made / ".dvc/config").read_text() == (REPOSITORY / ".dvc/config").read_text()
    assert (made / ".dvcignore").read_text() == (REPOSITORY / ".dvcignore").read_text()
    ours = set((made / ".gitignore").read_text().splitlines())
    assert ours <= set((REPOSITORY / ".gitignore").read_text().splitlines())
    versions = parsed(made / "pipelines/versions.yaml")
    assert versions["outside"] == {"flowers": None}
    assert set(STAGES) <= set(versions)


def test_the_new_pipeline_has_no_mistake(made: Path):
    assert mistakes(Project(made), "flowers") == []


def test_pictures_stay_out_of_git(folder: Path):
    (folder / "data/flowers/raw/rose").mkdir(parents=True)
    (folder / "data/flowers/raw/rose/1.png").write_bytes(b"x")
    said = subprocess.run(["git", "status", "--short", "-uall"], cwd=folder, capture_output=True, text=True, check=True)
    assert "rose" not in said.stdout
    assert "data/flowers/annotations/labels.jsonl" in said.stdout


def test_further_pipelines_go_into_the_generated_wiring(folder: Path):
    root = (folder / "dvc.yaml").read_bytes()
    init("solar")
    init("birds")
    assert (folder / "dvc.yaml").read_bytes() == root
    assert (folder / "pipelines/dvc.yaml").read_text() == other_wiring(["birds", "solar"])
    assert parsed(folder / "pipelines/versions.yaml")["outside"] == {"flowers": None, "solar": None, "birds": None}
    assert (folder / "pipelines/solar.yaml").read_bytes() == (REPOSITORY / "pipelines/solar.yaml").read_bytes()
    assert [mistakes(Project(folder), name) for name in ("birds", "flowers", "solar")] == [[], [], []]
    done = dvc(folder, "stage", "list", "--all")
    assert len(done.stdout.splitlines()) == 3 * len(STAGES), done.stderr


def refused(place: Path, name: str, match: str, **wishes: Any) -> DlpipeError:
    """The refusal, and that not one byte changed."""
    before = files_of(place)
    with pytest.raises(DlpipeError, match=match) as caught:
        init(name, **wishes)
    assert files_of(place) == before
    assert caught.value.exit_code == Exit.INPUT
    return caught.value


def test_a_pipeline_of_that_name_is_not_overwritten(folder: Path):
    refused(folder, "flowers", r"pipelines/flowers\.yaml is there already")


@pytest.mark.parametrize(
    "there", ("pipelines/birds.champion.json", "data/birds/annotations/labels.jsonl", "data/birds/.gitignore")
)
def test_a_file_in_the_way_is_not_overwritten(folder: Path, there: str):
    path = folder / there
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text('{"mine": 1}\n')
    refused(folder, "birds", f"{path.name} is there already")


def test_an_edited_wiring_is_not_overwritten(folder: Path):
    init("birds")
    wiring = folder / "pipelines/dvc.yaml"
    wiring.write_text(wiring.read_text() + "# mine\n")
    refused(folder, "fish", "edited by hand")


@pytest.mark.parametrize("name", ("", "A", "1a", "a b", "../a", "a/b", "dvc", "versions", "null", "true", "x" * 41))
def test_names_that_cannot_be(folder: Path, name: str):
    refused(folder, name, "cannot be a pipeline's name")


def test_a_folder_of_other_things_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "thesis.tex").write_text("x")
    refused(tmp_path, "flowers", "neither empty nor")
    assert not (tmp_path / ".git").exists()


def test_a_project_inside_a_project_is_refused(folder: Path):
    refused(folder, "birds", "lies inside the dlpipe project", folder=folder / "sub")


def test_an_existing_repository_grows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    subprocess.run(["git", "init", "-q"], check=True)
    (tmp_path / "thesis.tex").write_text("x")
    (tmp_path / ".gitignore").write_text("*.aux\n.venv/")
    init("flowers")
    assert (tmp_path / "thesis.tex").read_text() == "x"
    lines = (tmp_path / ".gitignore").read_text().splitlines()
    assert lines[:2] == ["*.aux", ".venv/"]
    assert lines.count(".venv/") == 1
    assert ".dlpipe/" in lines


@pytest.mark.parametrize("name", ("flowers", "solar"))
def test_root_points_outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str):
    pictures = tmp_path / 'my "pictures" # ü'
    pictures.mkdir()
    monkeypatch.chdir(tmp_path)
    init(name, folder=tmp_path / "project", root=pictures.name)
    source = config.read(tmp_path / f"project/pipelines/{name}.yaml").plain("ingest")["source"]
    assert (tmp_path / "project" / source["root"]).resolve() == pictures
    init("second", folder=tmp_path / "project", root=str(pictures))
    assert config.read(tmp_path / "project/pipelines/second.yaml").plain("ingest")["source"]["root"] == str(pictures)


def test_a_root_that_is_not_there(tmp_path: Path):
    with pytest.raises(DlpipeError, match="is no folder"):
        init("flowers", folder=tmp_path / "project", root=str(tmp_path / "gone"))
    assert not (tmp_path / "project").exists()


def test_an_init_that_was_killed_can_be_started_again(folder: Path):
    init("birds")
    (folder / "pipelines/birds.yaml").unlink()
    whole = files_of(folder)
    init("birds")
    assert files_of(folder).keys() == {*whole, "pipelines/birds.yaml"}


def test_the_first_init_killed_at_any_write_can_be_started_again(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """After any number of files, in the order in which they are written."""
    whole = files_of(made)
    written = files.write_text
    for number in range(len(whole)):
        folder = tmp_path / str(number)
        left = number

        def dying(path: Path, text: str) -> None:
            nonlocal left
            left -= 1
            if left < 0:
                raise KeyboardInterrupt
            written(path, text)

        monkeypatch.setattr(files, "write_text", dying)
        with pytest.raises(KeyboardInterrupt):
            init("flowers", folder=folder)
        monkeypatch.setattr(files, "write_text", written)
        init("flowers", folder=folder)
        assert files_of(folder) == whole


def test_json_tells_what_was_written_and_what_is_next(folder: Path, capsys: pytest.CaptureFixture[str]):
    say.json = True
    init("birds")
    said = json.loads(capsys.readouterr().out)
    assert said["pipeline"] == "birds"
    assert "pipelines/birds.yaml" in said["written"]
    assert said["next"][-1] == "dlpipe run birds"
