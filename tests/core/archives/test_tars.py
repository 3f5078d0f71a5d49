from __future__ import annotations

import tarfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlpipe.core.archives.members import ArchiveError, Limits
from dlpipe.core.archives.tars import read_directory, read_member
from tests.core.archives.making import add, tar_of

LIMITS = Limits()
LONG = "d" * 200 + "/" + "e" * 200 + ".png"


def made(tmp_path: Path, *members: tuple[str, bytes, dict[str, object]], kind: int = tarfile.GNU_FORMAT) -> Path:
    path = tmp_path / "a.tar"
    with tarfile.open(path, "w", format=kind) as archive:
        for name, content, fields in members:
            add(archive, name, content, **fields)
    return path


@pytest.mark.parametrize("kind", (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT))
def test_members_are_what_the_library_reads(tmp_path: Path, kind: int):
    members = {"./cats/1.png": b"meow" * 999, "hunde/\u00fc.png": b"", "x/" * 40 + "b.png": bytes(range(256))}
    if kind != tarfile.USTAR_FORMAT:
        members[LONG] = b"long"
    path = tar_of(tmp_path / "a.tar", members, kind=kind)
    found = read_directory(path, LIMITS)
    assert {name: read_member(path, member) for name, member in found.members.items()} == {
        name.removeprefix("./"): content for name, content in members.items()
    }
    with tarfile.open(path) as library:
        assert sorted(name.removeprefix("./") for name in library.getnames()) == sorted(found.members)


@pytest.mark.parametrize(
    ("name", "fields", "reason"),
    (
        ("../../out.png", {}, "hostile_name"),
        ("/etc/x.png", {}, "hostile_name"),
        ("a\nb.png", {}, "hostile_name"),
        ("a/./b.png", {}, "hostile_name"),
        ("l.png", {"type": tarfile.SYMTYPE, "linkname": "../outside"}, "link"),
        ("h.png", {"type": tarfile.LNKTYPE, "linkname": "/etc/passwd"}, "link"),
        ("p.png", {"type": tarfile.FIFOTYPE}, "not_a_file"),
        ("c.png", {"type": tarfile.CHRTYPE}, "not_a_file"),
        ("s.png", {"type": tarfile.GNUTYPE_SPARSE}, "sparse"),
        ("u.png", {"type": b"Q"}, "not_a_file"),
    ),
)
def test_a_hostile_member_is_set_aside_and_the_others_are_not(
    tmp_path: Path, name: str, fields: dict[str, object], reason: str
):
    found = read_directory(made(tmp_path, (name, b"", fields), ("good.png", b"good", {})), LIMITS)
    assert list(found.members) == ["good.png"]
    assert [reason for _, reason, _ in found.set_aside] == [reason]


def test_the_chain_of_links_that_escapes_every_python(tmp_path: Path):
    """CVE-2025-4517, -4330, -4138, CVE-2024-12718: links longer than PATH_MAX, then a file through them."""
    path = tmp_path / "raw" / "a.tar"
    path.parent.mkdir()
    component, steps = "d" * 247, "abcdefghijklmnop"
    with tarfile.open(path, "w") as archive:
        place = ""
        for step in steps:
            add(archive, place + component, type=tarfile.DIRTYPE)
            add(archive, place + step, type=tarfile.SYMTYPE, linkname=component)
            place += component + "/"
        chain = "/".join(steps) + "/" + "l" * 254
        add(archive, chain, type=tarfile.SYMTYPE, linkname="../" * len(steps))
        add(archive, "escape", type=tarfile.SYMTYPE, linkname=chain + "/../../outside")
        add(archive, "newfile.png", type=tarfile.LNKTYPE, linkname="escape/marker")
        add(archive, "escape/marker.png", b"outside")
    found = read_directory(path, LIMITS)
    assert {reason for name, reason, _ in found.set_aside} == {"link"}
    assert list(found.members) == ["escape/marker.png"]  # data like any other: the name is never a path
    assert [item.name for item in tmp_path.rglob("*")] == ["raw", "a.tar"]


def test_attributes_of_pax_are_believed_for_names_and_sizes_only(tmp_path: Path):
    path = tmp_path / "a.tar"
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as archive:
        add(archive, "a.png", b"abc", pax_headers={"path": "../b.png", "comment": "x"})
        add(archive, "c.png", b"abc", pax_headers={"GNU.sparse.major": "1"})
        add(archive, "d.png", b"abc")
    found = read_directory(path, LIMITS)
    assert list(found.members) == ["d.png"]
    assert [reason for _, reason, _ in found.set_aside] == ["hostile_name", "sparse"]


def header(size_field: bytes) -> bytes:
    """A header whose size says whatever it wants to, with the right checksum."""
    info = tarfile.TarInfo("a.png").tobuf(tarfile.GNU_FORMAT)
    changed = bytearray(info[:124] + size_field.ljust(12, b"\0") + info[136:148] + b" " * 8 + info[156:])
    changed[148:156] = b"%06o\0 " % sum(changed)
    return bytes(changed)


@pytest.mark.parametrize(
    ("content", "reason"),
    (
        (header(b"\xff" * 10 + b"\xfe\0"), "damaged"),  # -512: CVE-2025-8194
        (header(b"77777777777"), "truncated"),
        (header(b"\x80" + b"\x7f" * 11), "truncated"),
        (b"x" * 1024, "damaged"),
        (b"x" * 100, "truncated"),
        (b"", "truncated"),
        (tarfile.TarInfo("a.png").tobuf(), "truncated"),
    ),
)
def test_an_archive_that_cannot_be_read_is_one_refusal(tmp_path: Path, content: bytes, reason: str):
    path = tmp_path / "a.tar"
    path.write_bytes(content)
    with pytest.raises(ArchiveError) as caught:
        read_directory(path, LIMITS)
    assert caught.value.reason == reason


def test_a_name_of_gigabytes_is_not_read(tmp_path: Path):
    info = tarfile.TarInfo("././@LongLink")
    info.type, info.size = tarfile.GNUTYPE_LONGNAME, 1 << 33
    path = tmp_path / "a.tar"
    path.write_bytes(info.tobuf(tarfile.GNU_FORMAT) + b"\0" * 2048)
    with pytest.raises(ArchiveError, match="8,589,934,592 bytes"):
        read_directory(path, LIMITS)


def test_limits(tmp_path: Path):
    path = tar_of(tmp_path / "a.tar", {"a.png": b"x" * 600, "b.png": b"y" * 600})
    for limits, reason in ((Limits(max_members=1), "too_many_members"), (Limits(max_gigabytes=1e-6), "too_large")):
        with pytest.raises(ArchiveError) as caught:
            read_directory(path, limits)
        assert caught.value.reason == reason


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), min_size=1, max_size=150))
@settings(deadline=None, max_examples=100)
def test_any_name_has_one_fate(tmp_path_factory: pytest.TempPathFactory, name: str):
    folder = tmp_path_factory.mktemp("names")
    found = read_directory(made(folder, (name, b"abc", {})), LIMITS)
    assert len(found.members) + len(found.set_aside) == 1
    assert [path.name for path in folder.iterdir()] == ["a.tar"]
