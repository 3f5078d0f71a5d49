from __future__ import annotations

import pytest

from dlpipe.core.archives.members import ArchiveError, Directory, Limits, Member, hostile


@pytest.mark.parametrize("name", ("a.png", "cats/1.png", "ü/…/x.png", "a b.png", "\udcff.png", "-rf.png", "..a/b"))
def test_usual_names_are_welcome(name: str):
    assert hostile(name) == ""


@pytest.mark.parametrize(
    "name", ("", "/a", "a//b", "../a", "a/..", "./a", "a/", "a\0", "a\x1b[31m", "C:a", "a\\b", "\ud800", "a" * 4097)
)
def test_hostile_names_are_told_why(name: str):
    assert hostile(name)


def test_each_member_has_one_fate():
    directory = Directory(Limits())
    for name in ("a", "b", "a", "../c", "a"):
        directory.next()
        directory.add(Member(name, 0, 1, 1))
    assert list(directory.members) == ["b"]
    assert len(directory.set_aside) + len(directory.members) == directory.count == 5
    directory.drop("b", "overlapping", "x")
    assert not directory.members


def test_time_is_limited():
    directory = Directory(Limits(max_seconds=1e-9))
    with pytest.raises(ArchiveError, match="was not read within"):
        directory.next()
