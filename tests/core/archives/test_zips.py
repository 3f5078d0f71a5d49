from __future__ import annotations

import stat
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlpipe.core.archives.members import ArchiveError, Limits
from dlpipe.core.archives.zips import read_directory, read_member
from tests.core.archives.making import raw_zip, zip_of

LIMITS = Limits()
LINK = (stat.S_IFLNK | 0o777) << 16


def fates(path: Path, limits: Limits = LIMITS) -> tuple[list[str], dict[str, str]]:
    found = read_directory(path, limits)
    return sorted(found.members), {name: reason for name, reason, _ in found.set_aside}


def written(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "a.zip"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("method", (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2))
def test_members_are_what_the_library_reads(tmp_path: Path, method: int):
    members = {"cats/1.png": b"meow" * 999, "hunde/\u00fc.png": b"", "empty/": b"", "b.txt": bytes(range(256))}
    path = zip_of(tmp_path / "a.zip", members, method)
    path.write_bytes(b"#!/bin/sh that unpacks itself\n" + path.read_bytes())
    found = read_directory(path, LIMITS)
    with zipfile.ZipFile(path) as library:
        assert sorted(found.members) == sorted(name for name in library.namelist() if not name.endswith("/"))
        for name, member in found.members.items():
            assert read_member(path, member) == library.read(name) == members[name]


def test_large_archives_of_zip64(tmp_path: Path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive, archive.open("a.png", "w", force_zip64=True) as member:
        member.write(b"x" * 100)
    zip_of(tmp_path / "many.zip", {f"{number}.png": b"" for number in range(66_000)}, zipfile.ZIP_STORED)
    assert fates(path) == (["a.png"], {})
    assert len(read_directory(tmp_path / "many.zip", LIMITS).members) == 66_000


@pytest.mark.parametrize(
    ("entry", "reason"),
    (
        ({"name": b"../../out.png"}, "hostile_name"),
        ({"name": b"/etc/passwd.png"}, "hostile_name"),
        ({"name": b"a\0b.png"}, "hostile_name"),
        ({"name": b"C:x.png"}, "hostile_name"),
        ({"name": b"..\\x.png"}, "hostile_name"),
        ({"name": b"x" * 5000}, "hostile_name"),
        ({"name": b""}, "hostile_name"),
        ({"name": b"a.png", "flags": 1}, "encrypted"),
        ({"name": b"a.png", "outside": LINK, "content": b"/etc/passwd"}, "link"),
        ({"name": b"a.png", "outside": (stat.S_IFIFO | 0o777) << 16}, "not_a_file"),
        ({"name": b"a.png", "method": 99}, "unsupported"),
        ({"name": b"a.png", "method": 0, "content": b"abc", "size": 9}, "damaged"),
        ({"name": b"a.png", "content": b"abc", "size": 1 << 31}, "too_large"),
        ({"name": b"a.png", "content": b"abc", "size": 1 << 29}, "bomb"),
        ({"name": b"a.png", "stored": 1 << 20}, "overlapping"),
    ),
)
def test_a_hostile_member_is_set_aside_and_the_others_are_not(tmp_path: Path, entry: dict[str, object], reason: str):
    path = written(tmp_path, raw_zip([{"name": b"good.png", "content": b"good"}, entry]))
    kept, aside = fates(path)
    assert kept == ["good.png"]
    assert list(aside.values()) == [reason]


def test_overlapping_members_are_no_bomb(tmp_path: Path):
    """CVE-2024-0450: many entries of the directory share the bytes of one."""
    kernel = {"name": b"0.png", "content": b"\0" * 1_000_000}
    quoted = [{**kernel, "name": b"%d.png" % number, "offset": 0, "stored": 990} for number in range(1, 500)]
    kept, aside = fates(written(tmp_path, raw_zip([kernel, *quoted])))
    assert kept == []
    assert len(aside) == 500
    assert set(aside.values()) == {"overlapping"}


def test_members_of_one_name_are_all_set_aside(tmp_path: Path):
    path = written(tmp_path, raw_zip([{"name": b"a.png", "content": content} for content in (b"1", b"2", b"3")]))
    found = read_directory(path, LIMITS)
    assert not found.members
    assert [reason for _, reason, _ in found.set_aside] == ["duplicate_member"] * 3


@pytest.mark.parametrize(
    ("change", "reason"),
    (
        (lambda content: content[:-30], "damaged"),
        (lambda content: b"", "damaged"),
        (lambda content: content.replace(b"PK\1\2", b"PK\1\3"), "damaged"),
        (lambda content: content[:-22] + content[-22:].replace(b"PK\5\6\0\0", b"PK\5\6\1\0"), "split"),
    ),
)
def test_an_archive_that_cannot_be_read_is_one_refusal(tmp_path: Path, change: object, reason: str):
    path = written(tmp_path, change(raw_zip([{"name": b"a.png", "content": b"abc"}])))  # type: ignore[operator]
    with pytest.raises(ArchiveError) as caught:
        read_directory(path, LIMITS)
    assert caught.value.reason == reason


def test_a_directory_that_lies_about_its_count(tmp_path: Path):
    with pytest.raises(ArchiveError, match="says that it has 7 members and lists 1"):
        read_directory(written(tmp_path, raw_zip([{"name": b"a.png"}], count=7)), LIMITS)


def test_limits(tmp_path: Path):
    path = zip_of(tmp_path / "a.zip", {"a.png": b"x" * 600, "b.png": b"y" * 600})
    for limits, reason in ((Limits(max_members=1), "too_many_members"), (Limits(max_gigabytes=1e-6), "too_large")):
        with pytest.raises(ArchiveError) as caught:
            read_directory(path, limits)
        assert caught.value.reason == reason
    assert fates(path, Limits(max_members=2))[0] == ["a.png", "b.png"]


@pytest.mark.parametrize(
    ("entry", "reason"),
    (
        ({"content": b"abc", "crc": 1}, "wrong_crc"),
        ({"content": b"abc" * 99, "size": 9}, "damaged"),
        ({"content": b"abc", "size": 99}, "damaged"),
        ({"content": b"\xff" * 99, "method": 12}, "damaged"),
    ),
)
def test_damaged_bytes_are_noticed_when_they_are_read(tmp_path: Path, entry: dict[str, object], reason: str):
    path = written(tmp_path, raw_zip([{"name": b"a.png", **entry}]))
    with pytest.raises(ArchiveError) as caught:
        read_member(path, read_directory(path, LIMITS).members["a.png"])
    assert caught.value.reason == reason


@given(st.binary(max_size=40), st.binary(max_size=60))
@settings(deadline=None, max_examples=100)
def test_any_name_has_one_fate(tmp_path_factory: pytest.TempPathFactory, name: bytes, content: bytes):
    folder = tmp_path_factory.mktemp("names")
    found = read_directory(written(folder, raw_zip([{"name": name, "content": content}])), LIMITS)
    is_folder = name.endswith(b"/") and not content
    assert len(found.members) + len(found.set_aside) == 1 - is_folder
    for member in found.members.values():
        assert read_member(folder / "a.zip", member) == content
    assert [path.name for path in folder.iterdir()] == ["a.zip"]
