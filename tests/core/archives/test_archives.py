from __future__ import annotations

from pathlib import Path

import pytest

from dlpipe.core.archives import ArchiveError, Limits, directory, is_archive, member_bytes, parted, placed
from tests.core.archives.making import tar_of, zip_of


@pytest.mark.parametrize("name", ("a.zip", "B.ZIP", "x/a.tar", "a.tar.gz", "a.tgz", "a.tar.bz2", "a.tar.xz", "a.b.txz"))
def test_archives_by_their_name(name: str):
    assert is_archive(name)


@pytest.mark.parametrize("name", ("a.png", ".zip", "zip", "a.gz", "a.zip.png", "a.tar.zst"))
def test_other_names_are_none(name: str):
    assert not is_archive(name)


@pytest.mark.parametrize(
    ("path", "inside", "place"),
    (
        ("a.zip!/b.png", ("a.zip", "b.png"), "b.png"),
        ("x/y/a.tar.gz!/cats/b.png", ("x/y/a.tar.gz", "cats/b.png"), "x/y/cats/b.png"),
        ("a.zip!/c.zip!/b.png", ("a.zip", "c.zip!/b.png"), "c.zip!/b.png"),
        ("wow!/b.png", None, "wow!/b.png"),
        ("a.zip/b.png", None, "a.zip/b.png"),
    ),
)
def test_paths_that_lead_into_archives(path: str, inside: tuple[str, str] | None, place: str):
    assert parted(path) == inside
    assert placed(path) == place


def test_a_member_is_read_where_it_lies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    content = {"cats/1.png": b"meow", "dogs/1.png": b"woof" * 9999}
    made = [zip_of(tmp_path / "a.zip", content), tar_of(tmp_path / "a.tar", content)]
    made.append(tar_of(tmp_path / "a.tar.gz", content, "w:gz"))
    for archive in made:
        assert sorted(directory(archive, Limits()).members) == sorted(content)
        assert {name: member_bytes(archive, name) for name in content} == content
        with pytest.raises(ArchiveError, match="no such member"):
            member_bytes(archive, "cats/2.png")


def test_another_archive_under_the_same_name_is_read_anew(tmp_path: Path):
    zip_of(tmp_path / "a.zip", {"a.png": b"one"})
    assert member_bytes(tmp_path / "a.zip", "a.png") == b"one"
    zip_of(tmp_path / "a.zip", {"a.png": b"another"})
    assert member_bytes(tmp_path / "a.zip", "a.png") == b"another"
