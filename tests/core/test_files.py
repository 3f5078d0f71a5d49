"""Single files, digests, and what the system's refusals become."""

from __future__ import annotations

import errno
import hashlib
import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlpipe.core import files
from dlpipe.core.errors import DlpipeError, Exit


def test_digest_is_sha256(tmp_path: Path):
    content = os.urandom(3 << 20)
    (tmp_path / "a").write_bytes(content)
    assert files.digest(tmp_path / "a") == hashlib.sha256(content).hexdigest()


def test_digests_name_every_file_but_their_own(tmp_path: Path):
    for name in ("b", "a/c", files.DIGESTS):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    assert list(files.digests(tmp_path)) == ["a/c", "b"]
    assert files.digests(tmp_path)["b"] == hashlib.sha256(b"b").hexdigest()


@pytest.mark.parametrize(
    "change",
    (
        lambda raw: (raw / "new").write_text("x"),
        lambda raw: (raw / "a").write_text("longer"),
        lambda raw: (raw / "a").rename(raw / "z"),
        lambda raw: (raw / "a").unlink(),
        lambda raw: os.utime(raw / "a", (1, 1)),
        lambda raw: (raw / "deep" / "a").rename(raw / "deep" / "b"),
    ),
    ids=("new", "longer", "renamed", "gone", "touched", "below"),
)
def test_a_listing_sees_every_change(change, tmp_path: Path):
    raw = _raw(tmp_path)
    before = files.listing(raw)
    assert files.listing(raw) == before
    change(raw)
    assert files.listing(raw) != before


def test_a_listing_does_not_depend_on_where_the_folder_lies(tmp_path: Path):
    before = files.listing(_raw(tmp_path))
    (tmp_path / "raw").rename(tmp_path / "moved")
    assert files.listing(tmp_path / "moved") == before


def _raw(tmp_path: Path) -> Path:
    raw = tmp_path / "raw"
    (raw / "deep").mkdir(parents=True)
    for path in (raw / "a", raw / "deep" / "a"):
        path.write_text("a")
        os.utime(path, (5, 5))
    return raw


def test_write_text_replaces_whole_and_leaves_nothing(tmp_path: Path):
    files.write_text(tmp_path / "a", "old")
    files.write_text(tmp_path / "a", "caf\u00e9")
    assert (tmp_path / "a").read_bytes() == "caf\u00e9".encode()
    assert os.listdir(tmp_path) == ["a"]


@pytest.mark.parametrize("number", (errno.ENOSPC, errno.EIO))
@pytest.mark.parametrize("place", ("fsync", "replace"))
def test_a_failed_write_leaves_the_old_bytes(number: int, place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    files.write_text(tmp_path / "a", "old")

    def fail(*_arguments: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, place, fail)
    with pytest.raises(OSError, match=os.strerror(number)):
        files.write_text(tmp_path / "a", "new")
    assert (tmp_path / "a").read_text() == "old"
    assert os.listdir(tmp_path) == ["a"]


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(_JSON)
def test_json_comes_back_as_it_was_written(tmp_path_factory: pytest.TempPathFactory, value: object):
    path = tmp_path_factory.getbasetemp() / "value.json"
    try:
        files.write_json(path, value)
    except UnicodeEncodeError:
        return  # a lone surrogate is no text
    assert files.read_json(path) == value


def test_json_is_the_same_bytes_whatever_the_order_of_keys(tmp_path: Path):
    files.write_json(tmp_path / "a", {"x": 1, "y": 2})
    files.write_json(tmp_path / "b", {"y": 2, "x": 1})
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@pytest.mark.parametrize("value", (float("nan"), float("inf")))
def test_what_json_has_no_word_for_is_refused_before_anything_is_written(value: float, tmp_path: Path):
    with pytest.raises(ValueError, match="JSON"):
        files.write_json(tmp_path / "a", value)
    assert os.listdir(tmp_path) == []


def test_a_missing_json_file_says_what_to_do(tmp_path: Path):
    with pytest.raises(DlpipeError, match="is missing") as caught:
        files.read_json(tmp_path / "a.json")
    assert "dlpipe status" in caught.value.fix


@pytest.mark.parametrize("content", (b"", b'{"a": ', b"\xff\xfe", b"nope"))
def test_damaged_json_is_an_integrity_error(content: bytes, tmp_path: Path):
    (tmp_path / "a.json").write_bytes(content)
    with pytest.raises(DlpipeError, match="is no JSON") as caught:
        files.read_json(tmp_path / "a.json")
    assert caught.value.exit_code == Exit.INTEGRITY


def test_what_is_discarded_is_never_there_in_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    folder = tmp_path / "training"
    folder.mkdir()
    (folder / "step").touch()
    with monkeypatch.context() as patch, pytest.raises(OSError, match="killed"):
        patch.setattr(files.shutil, "rmtree", lambda _path: (_ for _ in ()).throw(OSError("killed")))
        files.discard(folder)
    assert not folder.exists()
    assert [path.name for path in tmp_path.iterdir()] == [".training.discarded"]
    folder.mkdir()
    files.discard(folder)
    assert not list(tmp_path.iterdir())
    files.discard(folder)


def test_remove_takes_files_folders_and_nothing(tmp_path: Path):
    (tmp_path / "folder" / "deep").mkdir(parents=True)
    (tmp_path / "file").touch()
    (tmp_path / "kept").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "kept")
    for name in ("folder", "file", "link", "nothing"):
        files.remove(tmp_path / name)
    assert os.listdir(tmp_path) == ["kept"]


def test_size_counts_files_and_not_what_links_lead_to(tmp_path: Path):
    (tmp_path / "a").write_bytes(b"12345")
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "b").write_bytes(b"123")
    (tmp_path / "link").symlink_to(tmp_path / "a")
    assert files.size_bytes(tmp_path) == 8
    assert files.size_bytes(tmp_path / "a") == 5


@pytest.mark.parametrize(
    ("number", "words"),
    (
        (errno.ENOSPC, "no space left on the disk while writing /x/y"),
        (errno.EDQUOT, "no space left on the disk while writing /x/y"),
        (errno.EROFS, "/x/y: Read-only file system"),
        (errno.EACCES, "/x/y: Permission denied"),
        (errno.EIO, "/x/y: Input/output error"),
    ),
)
def test_the_systems_refusal_becomes_one_sentence(number: int, words: str):
    problem = files.environment_problem(OSError(number, os.strerror(number), "/x/y"))
    assert problem.problem == words
    assert problem.exit_code == Exit.ENVIRONMENT


def test_a_refusal_without_a_file_is_still_a_sentence():
    assert files.environment_problem(OSError("odd")).problem == "a file: odd"


def test_written_json_ends_with_a_newline(tmp_path: Path):
    files.write_json(tmp_path / "a", {"caf\u00e9": 1})
    assert (tmp_path / "a").read_text() == json.dumps({"caf\u00e9": 1}, indent=2, ensure_ascii=False) + "\n"
