"""The directory and the members of a zip archive, read in place: nothing is unpacked to the disk.

A parser of its own, for the library's gives no limit on the directory, cuts names at a NUL, raises ten kinds of
exceptions on damaged files and, in Python 3.11.7, believes members that overlap (CVE-2024-0450). Layout: APPNOTE 6.3.
"""

from __future__ import annotations

import bz2
import os
import stat
import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dlpipe.core.archives.members import ArchiveError, Directory, Limits, Member

if TYPE_CHECKING:
    from pathlib import Path

_END = struct.Struct("<4s4H2LH")
_END_64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR = struct.Struct("<4sLQL")
_ENTRY = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")

_LONGEST_COMMENT = 65_535
_ENTRY_BYTES = 4096
"""Of one entry of the directory, at most, on average."""

_ENCRYPTED = 0x41
_UTF_8 = 0x800
_UNIX = 3
_FULL = 0xFFFFFFFF
_STORED, _DEFLATED, _BZIP2 = 0, 8, 12


@dataclass(frozen=True)
class _Place:
    """Where the directory lies."""

    start: int
    size: int
    count: int
    before: int
    """Bytes before the archive's own first one, as in a program that unpacks itself."""


def read_directory(path: Path, limits: Limits) -> Directory:
    """Members by name, and those that cannot be.

    Raises:
        ArchiveError: the archive as a whole cannot be read.
    """
    directory = Directory(limits)
    handle = os.open(path, os.O_RDONLY)
    try:
        place = _place(handle, os.fstat(handle).st_size, limits)
        content = os.pread(handle, place.size, place.start)
    finally:
        os.close(handle)
    at = 0
    while at < len(content):
        at = _entry(content, at, place, directory)
    if directory.count != place.count:
        raise ArchiveError("damaged", f"it says that it has {place.count} members and lists {directory.count}")
    _drop_overlapping(directory, place)
    return directory


def _place(handle: int, size: int, limits: Limits) -> _Place:
    tail_at = max(0, size - _LONGEST_COMMENT - _END.size)
    tail = os.pread(handle, size - tail_at, tail_at)
    found = tail.rfind(b"PK\5\6")
    if found < 0 or len(tail) - found < _END.size:
        raise ArchiveError("damaged", "it has no end of a zip archive; it may be cut short")
    _, disk, first, here, count, length, offset, _ = _END.unpack_from(tail, found)
    end = tail_at + found
    if (locator_at := end - _LOCATOR.size) >= 0:
        locator = os.pread(handle, _LOCATOR.size, locator_at)
        if locator[:4] == b"PK\6\7":
            end = _LOCATOR.unpack(locator)[2]
            record = os.pread(handle, _END_64.size, end) if end < size else b""
            if len(record) < _END_64.size or record[:4] != b"PK\6\6":
                raise ArchiveError("damaged", "its zip64 end cannot be read")
            disk, first, here, count, length, offset = _END_64.unpack(record)[4:]
    if disk or first or here != count:
        raise ArchiveError("split", "it is one part of several; join them to one archive")
    if count > limits.max_members or length > limits.max_members * _ENTRY_BYTES:
        raise ArchiveError("too_many_members", f"it says that it has {count:,}; the limit is {limits.max_members:,}")
    start = end - length
    if start < 0 or offset > start:
        raise ArchiveError("damaged", "its directory does not lie where it says")
    return _Place(start, length, count, start - offset)


def _entry(content: bytes, at: int, place: _Place, directory: Directory) -> int:
    """Gives one entry its fate, and says where the next one starts."""
    if len(content) - at < _ENTRY.size or content[at : at + 4] != b"PK\1\2":
        raise ArchiveError("damaged", f"its directory breaks off after {directory.count} members")
    fields = _ENTRY.unpack_from(content, at)
    _, made, _, flags, method, _, _, crc, stored, size, name_length, extra_length, comment_length, disk = fields[:14]
    outside, offset = fields[15:]
    name_at = at + _ENTRY.size
    extra_at = name_at + name_length
    after = extra_at + extra_length + comment_length
    if after > len(content):
        raise ArchiveError("damaged", f"its directory breaks off after {directory.count} members")
    raw = content[name_at:extra_at]
    name = raw.decode("utf-8", "surrogateescape") if flags & _UTF_8 or raw.isascii() else raw.decode("cp437")
    size, stored, offset = _large(content[extra_at : extra_at + extra_length], size, stored, offset)
    directory.next()
    kind = stat.S_IFMT(outside >> 16) if made >> 8 == _UNIX else 0
    if name.endswith("/") and not size:
        return after
    if problem := _problem(flags, method, kind, disk):
        directory.refuse(name, *problem)
    elif method == _STORED and size != stored:
        directory.refuse(name, "damaged", "its two sizes differ though it is not packed")
    else:
        directory.add(Member(name, place.before + offset, stored, size, method, crc))
    return after


def _large(extra: bytes, *values: int) -> tuple[int, ...]:
    """Sizes and offset; those that do not fit into 32 bits stand in the extra field 1, in this order."""
    at, found = 0, list(values)
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, at)
        if kind == 1:
            field = extra[at + 4 : at + 4 + length]
            for number, value in enumerate(values):
                if value == _FULL and len(field) >= 8:  # noqa: PLR2004 - bytes of a 64-bit number
                    found[number], field = int.from_bytes(field[:8], "little"), field[8:]
        at += 4 + length
    return tuple(found)


def _problem(flags: int, method: int, kind: int, disk: int) -> tuple[str, str] | None:
    if flags & _ENCRYPTED:
        return "encrypted", "it is encrypted"
    if kind == stat.S_IFLNK:
        return "link", "a symbolic link"
    if kind not in {0, stat.S_IFREG}:
        return "not_a_file", "no regular file"
    if disk:
        return "split", "it lies in another part of a split archive"
    if method not in {_STORED, _DEFLATED, _BZIP2}:
        return "unsupported", f"it is packed by method {method}; stored, deflate and bzip2 are read"
    return None


def _drop_overlapping(directory: Directory, place: _Place) -> None:
    """Members that share bytes of the archive are how a small one unpacks to a huge one."""
    ordered = sorted(directory.members.values(), key=lambda member: member.offset)
    overlapping: set[str] = set()
    reach, last = 0, ""
    for member in ordered:
        end = member.offset + _LOCAL.size + member.stored
        if member.offset < reach:
            overlapping |= {last, member.name}
        if end > place.start:
            overlapping.add(member.name)
        if end > reach:
            reach, last = end, member.name
    for name in sorted(overlapping):
        directory.drop(name, "overlapping", "its bytes overlap those of another member or of the directory")


def read_member(path: Path, member: Member) -> bytes:
    """The bytes of one member, if its checksum is right.

    Raises:
        ArchiveError: damaged, or not what the directory says.
    """
    handle = os.open(path, os.O_RDONLY)
    try:
        header = os.pread(handle, _LOCAL.size, member.offset)
        if len(header) < _LOCAL.size or header[:4] != b"PK\3\4":
            raise ArchiveError("damaged", "there is no member where the directory says")
        _, _, _, _, _, _, _, _, _, name_length, extra_length = _LOCAL.unpack(header)
        packed = os.pread(handle, member.stored, member.offset + _LOCAL.size + name_length + extra_length)
    finally:
        os.close(handle)
    content = _unpacked(packed, member)
    if zlib.crc32(content) != member.crc:
        raise ArchiveError("wrong_crc", "its checksum is not that of its bytes")
    return content


def _unpacked(packed: bytes, member: Member) -> bytes:
    if len(packed) < member.stored:
        raise ArchiveError("truncated", "the archive ends in it")
    if member.method == _STORED:
        return packed
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS) if member.method == _DEFLATED else bz2.BZ2Decompressor()
    try:
        content = unpacker.decompress(packed, member.size + 1)  # one more byte than said is too many
    except (zlib.error, OSError, ValueError) as error:
        raise ArchiveError("damaged", f"it cannot be unpacked: {error}") from error
    if len(content) != member.size or not unpacker.eof:
        raise ArchiveError("damaged", "it unpacks to another size than the directory says")
    return content
