"""Folders are replaced whole or not at all, whatever moment the process dies or the disk refuses.

Each injected fault stops at the Nth call of the system, for every N until the replacement ends without meeting it.
Deaths are forks that leave by `os._exit`, so that no clean-up of Python runs.
"""

from __future__ import annotations

import errno
import itertools
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from dlpipe.core import files

_CALLS = ("mkdir", "fsync", "rename", "replace", "unlink", "rmdir")
_DIED = 77


def _folder(path: Path, content: str) -> None:
    path.mkdir()
    (path / "deep").mkdir()
    (path / "deep" / "table").write_text(content)
    files.write_json(path / files.DIGESTS, files.digests(path))


def _content(path: Path) -> str | None:
    """The content of a whole folder; None where there is none. Fails on half a folder."""
    if not path.exists():
        return None
    assert files.read_json(path / files.DIGESTS) == files.digests(path)
    return (path / "deep" / "table").read_text()


def _replace(target: Path, content: str = "new") -> None:
    with files.replacing(target) as draft:
        (draft / "deep").mkdir()
        (draft / "deep" / "table").write_text(content)


def _inject(monkeypatch: pytest.MonkeyPatch, when: int, fault: Callable[[], None]) -> None:
    calls = itertools.count(1)

    def wrapped(real: Callable[..., object]) -> Callable[..., object]:
        def call(*arguments: object, **options: object) -> object:
            if next(calls) == when:
                fault()
            return real(*arguments, **options)

        return call

    for name in _CALLS:
        monkeypatch.setattr(os, name, wrapped(getattr(os, name)))


@pytest.mark.parametrize("there", (True, False))
def test_a_new_folder_takes_the_place_of_the_old_one(there: bool, tmp_path: Path):
    if there:
        _folder(tmp_path / "t", "old")
    _replace(tmp_path / "t")
    assert _content(tmp_path / "t") == "new"
    assert os.listdir(tmp_path) == ["t"]


def test_a_failed_block_leaves_the_old_folder(tmp_path: Path):
    _folder(tmp_path / "t", "old")
    with pytest.raises(KeyError), files.replacing(tmp_path / "t") as draft:
        (draft / "half").touch()
        raise KeyError
    assert _content(tmp_path / "t") == "old"
    assert os.listdir(tmp_path) == ["t"]


@pytest.mark.parametrize("there", (True, False))
def test_killed_at_every_call_it_leaves_old_new_or_none(there: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    allowed = {"old", "new", None} if there else {"new", None}
    for when in itertools.count(1):
        home = tmp_path / str(when)
        home.mkdir()
        if there:
            _folder(home / "t", "old")
        died = _dies(home / "t", when, monkeypatch)
        assert _content(home / "t") in allowed
        files.recover(home / "t")
        assert _content(home / "t") in (allowed - {None} if there else allowed)
        _replace(home / "t", "newer")
        assert _content(home / "t") == "newer"
        assert os.listdir(home) == ["t"]
        if not died:
            assert when > 8
            break


def _dies(target: Path, when: int, monkeypatch: pytest.MonkeyPatch) -> bool:
    child = os.fork()
    if child == 0:
        _inject(monkeypatch, when, lambda: os._exit(_DIED))
        try:
            _replace(target)
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == _DIED


@pytest.mark.parametrize("number", (errno.ENOSPC, errno.EIO))
@pytest.mark.parametrize("there", (True, False))
def test_refused_at_every_call_it_leaves_old_or_new(
    number: int, there: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    met: list[int] = []

    def refuse() -> None:
        met.append(1)
        raise OSError(number, os.strerror(number))

    for when in itertools.count(1):
        home = tmp_path / str(when)
        home.mkdir()
        if there:
            _folder(home / "t", "old")
        with monkeypatch.context() as patch:
            _inject(patch, when, refuse)
            met.clear()
            with suppress(OSError):
                _replace(home / "t")
        assert _content(home / "t") in ({"old", "new"} if there else {"new", None})
        _replace(home / "t", "newer")
        assert _content(home / "t") == "newer"
        assert os.listdir(home) == ["t"]
        if not met:
            assert when > 8
            break


@pytest.mark.parametrize(
    ("target", "draft", "aside", "after"),
    (
        (False, False, False, None),
        (True, False, False, "target"),
        (False, True, False, None),  # a draft alone may be half of one
        (True, True, False, "target"),
        (False, False, True, "aside"),
        (False, True, True, "draft"),  # nothing is set aside before the draft is whole
        (True, False, True, "target"),
        (True, True, True, "target"),
    ),
)
def test_what_a_dead_process_left_is_put_right(
    target: bool, draft: bool, aside: bool, after: str | None, tmp_path: Path
):
    place = tmp_path / "t"
    for there, path, content in (
        (target, place, "target"),
        (draft, files.draft_of(place), "draft"),
        (aside, tmp_path / ".t.old", "aside"),
    ):
        if there:
            _folder(path, content)
    files.recover(place)
    assert _content(place) == after
    assert not (tmp_path / ".t.old").exists()
    _replace(place)
    assert _content(place) == "new"
    assert os.listdir(tmp_path) == ["t"]


def test_half_removed_never_comes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """DVC removes a stage's output before it starts the stage: an old folder killed in mid-removal must not return."""
    for when in itertools.count(1):
        home = tmp_path / str(when)
        home.mkdir()
        _folder(home / "t", "old")
        died = _dies(home / "t", when, monkeypatch)
        files.remove(home / "t")
        files.recover(home / "t")
        assert _content(home / "t") in {"old", "new", None}
        if not died:
            break
