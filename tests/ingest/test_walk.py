from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

import pytest

from dlpipe.core.archives import Limits
from dlpipe.ingest.walk import walk
from tests.core.archives.making import tar_of, zip_of

if TYPE_CHECKING:
    from pathlib import Path

ENDINGS = (".png", ".jpg")


def touch(raw: Path, *names: str) -> None:
    for name in names:
        (raw / name).parent.mkdir(parents=True, exist_ok=True)
        (raw / name).write_bytes(b"x")


def test_files_by_ending_sorted(tmp_path: Path):
    touch(tmp_path, "b/2.PNG", "b/1.jpg", "a.png", "deep/er/x.png")
    found = walk(tmp_path, ENDINGS)
    assert found.paths == ["a.png", "b/1.jpg", "b/2.PNG", "deep/er/x.png"]
    assert found.set_aside == []


def test_everything_else_is_named_with_its_reason(tmp_path: Path):
    touch(tmp_path, "good.png", ".DS_Store", "c/notes.txt", "c/README", ".git/config")
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "link.png").symlink_to("good.png")
    (tmp_path / "gone.png").symlink_to("nowhere")
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    with socket.socket(socket.AF_UNIX) as listener:
        here = os.open(tmp_path, os.O_RDONLY)
        try:
            listener.bind(f"/proc/self/fd/{here}/socket.png")  # a socket's path may have 107 bytes
        finally:
            os.close(here)
    found = walk(tmp_path, ENDINGS)
    assert found.paths == ["good.png"]
    assert {path: reason for path, reason, _ in found.set_aside} == {
        ".DS_Store": "hidden",
        ".git": "hidden",
        "c/README": "other_ending",
        "c/notes.txt": "other_ending",
        "gone.png": "symlink",
        "link.png": "symlink",
        "loop": "symlink",
        "pipe.png": "not_a_file",
        "socket.png": "not_a_file",
    }
    assert all(detail for _, _, detail in found.set_aside)


def test_links_to_files_can_be_followed_and_no_others(tmp_path: Path):
    touch(tmp_path, "good.png")
    (tmp_path / "link.png").symlink_to("good.png")
    (tmp_path / "gone.png").symlink_to("nowhere")
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    found = walk(tmp_path, ENDINGS, follow_links=True)
    assert found.paths == ["good.png", "link.png"]
    assert [path for path, _, _ in found.set_aside] == ["gone.png", "loop"]


def test_known_files_are_left_out(tmp_path: Path):
    touch(tmp_path, "labels.csv", "a.png")
    assert walk(tmp_path, ENDINGS, leave_out={"labels.csv"}).set_aside == []


def test_names_that_are_not_utf_8_and_twins_stay_apart(tmp_path: Path):
    for name in (b"caf\xe9.png", "café.png".encode(), "cafe\u0301.png".encode(), b"new\nline.png", b"a\\b.png"):
        (tmp_path / os.fsdecode(name)).write_bytes(b"x")
    paths = walk(tmp_path, ENDINGS).paths
    assert sorted(paths) == sorted([r"caf\xe9.png", "café.png", "cafe\u0301.png", "new\nline.png", r"a\x5cb.png"])


def test_a_folder_that_may_not_be_read_is_no_silent_gap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    touch(tmp_path, "closed/a.png")
    real = os.scandir

    def refuse(path: str) -> object:
        if path.endswith("closed"):
            raise PermissionError(13, "Permission denied", path)
        return real(path)

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(PermissionError):
        walk(tmp_path, ENDINGS)


def test_members_of_archives_are_listed_and_nothing_is_unpacked(tmp_path: Path):
    zip_of(tmp_path / "more" / "a.zip", {"cats/1.png": b"x", "notes.txt": b"x", ".DS_Store": b"x", "b.tar": b"x"})
    tar_of(tmp_path / "b.tar", {"2.png": b"x", "../3.png": b"x"})
    (tmp_path / "broken.zip").write_bytes(b"PK")
    zip_of(tmp_path / "nothing.zip", {})
    (tmp_path / "c.zip!").mkdir()
    (tmp_path / "c.zip!" / "1.png").write_bytes(b"x")
    before = sorted(tmp_path.rglob("*"))
    found = walk(tmp_path, (".png",))
    assert found.paths == ["b.tar!/2.png", "more/a.zip!/cats/1.png"]
    assert {path: reason for path, reason, _ in found.set_aside} == {
        "more/a.zip!/notes.txt": "other_ending",
        "more/a.zip!/.DS_Store": "hidden",
        "more/a.zip!/b.tar": "nested_archive",
        "b.tar!/../3.png": "hostile_name",
        "broken.zip": "damaged",
        "nothing.zip": "empty",
        "c.zip!/1.png": "name_taken",
    }
    assert sorted(tmp_path.rglob("*")) == before


def test_an_archive_beyond_a_limit_is_set_aside_whole(tmp_path: Path):
    zip_of(tmp_path / "a.zip", {"1.png": b"x", "2.png": b"x"})
    found = walk(tmp_path, (".png",), limits=Limits(max_members=1))
    assert (found.paths, [entry[:2] for entry in found.set_aside]) == ([], [("a.zip", "too_many_members")])
