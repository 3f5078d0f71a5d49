"""The directory of a tar archive, by its own headers: nothing is unpacked to the disk.

Only a header's 512 bytes are left to `tarfile`. Its walk over an archive is not: it reads names of any length into
memory, and every Python lets `extractall` escape its filter (CVE-2025-4517).
"""

from __future__ import annotations

import os
import tarfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dlpipe.core.archives.members import ArchiveError, Directory, Limits, Member

if TYPE_CHECKING:
    from pathlib import Path

_BLOCK = 512
_LONGEST_RECORD = 1 << 20
"""Bytes of a long name or of extended attributes."""

_ATTRIBUTES = (tarfile.XHDTYPE, tarfile.SOLARIS_XHDTYPE)
_LONG = (tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK)
_SPARSE = "GNU.sparse"


@dataclass
class _Walk:
    """Where a walk over headers is, and what the headers before this one say of it."""

    handle: int
    size: int
    at: int = 0
    long_name: str | None = None
    said: dict[str, str] = field(default_factory=dict[str, str])

    def read(self, count: int, at: int) -> bytes:
        return os.pread(self.handle, count, at)

    def forget(self) -> None:
        self.long_name, self.said = None, {}


def read_directory(path: Path, limits: Limits) -> Directory:
    """Members by name, and those that cannot be.

    Raises:
        ArchiveError: the archive as a whole cannot be read.
    """
    directory = Directory(limits)
    handle = os.open(path, os.O_RDONLY)
    try:
        walk = _Walk(handle, os.fstat(handle).st_size)
        while walk.at + _BLOCK <= walk.size:
            header = walk.read(_BLOCK, walk.at)
            if header.count(0) == _BLOCK:
                return directory
            walk.at += _BLOCK
            directory.in_time()
            _header(_parsed(header, directory, walk.at - _BLOCK), header, walk, directory)
    finally:
        os.close(handle)
    raise ArchiveError("truncated", f"it breaks off after {directory.count} members")


def _parsed(header: bytes, directory: Directory, at: int) -> tarfile.TarInfo:
    try:
        info = tarfile.TarInfo.frombuf(header, "utf-8", "surrogateescape")
    except (tarfile.TarError, ValueError, OverflowError) as error:
        detail = f"no header of a tar archive stands at byte {at}, after {directory.count} members"
        raise ArchiveError("damaged", detail) from error
    if info.size < 0:
        raise ArchiveError("damaged", f"member {directory.count + 1} has a negative size")
    return info


def _header(info: tarfile.TarInfo, header: bytes, walk: _Walk, directory: Directory) -> None:
    """Takes one header in, and goes on behind its bytes."""
    if info.type in _LONG or info.type in (*_ATTRIBUTES, tarfile.XGLTYPE):
        content = _record(info, walk, directory)
        if info.type == tarfile.GNUTYPE_LONGNAME:
            walk.long_name = content.rstrip(b"\0").decode("utf-8", "surrogateescape")
        elif info.type in _ATTRIBUTES:
            walk.said = _attributes(content, directory)
        return
    directory.next()
    size = _size(info, walk, directory)
    if info.type == tarfile.GNUTYPE_SPARSE:
        _skip_sparse_map(header, walk)
    start = walk.at
    if info.isreg() or info.type == tarfile.GNUTYPE_SPARSE or info.type not in tarfile.SUPPORTED_TYPES:
        walk.at += -(-size // _BLOCK) * _BLOCK
    if start + size > walk.size and walk.at > start:
        raise ArchiveError("truncated", f"it breaks off in member {directory.count}")
    _fate(info, Member(_name(info, walk), start, size, size), walk, directory)
    walk.forget()


def _record(info: tarfile.TarInfo, walk: _Walk, directory: Directory) -> bytes:
    if info.size > _LONGEST_RECORD:
        raise ArchiveError("damaged", f"what it says of member {directory.count + 1} has {info.size:,} bytes")
    content = walk.read(info.size, walk.at)
    walk.at += -(-info.size // _BLOCK) * _BLOCK
    return content


def _attributes(content: bytes, directory: Directory) -> dict[str, str]:
    """Extended attributes of pax: `length key=value` lines."""
    found: dict[str, str] = {}
    at = 0
    while at < len(content) and content[at] != 0:
        digits, space, _ = content[at : at + 10].partition(b" ")
        length = int(digits) if space and digits.isdigit() else 0
        key, equals, value = content[at + len(digits) + 1 : at + length - 1].partition(b"=")
        if not equals or at + length > len(content):
            raise ArchiveError("damaged", f"the attributes of member {directory.count + 1} cannot be read")
        found[key.decode("utf-8", "surrogateescape")] = value.decode("utf-8", "surrogateescape")
        at += length
    return found


def _size(info: tarfile.TarInfo, walk: _Walk, directory: Directory) -> int:
    if "size" not in walk.said:
        return info.size
    text = walk.said["size"]
    if not (text.isascii() and text.isdigit() and len(text) < 20):  # noqa: PLR2004 - digits of 2**64
        raise ArchiveError("damaged", f"member {directory.count} says that its size is '{text[:40]}'")
    return int(text)


def _skip_sparse_map(header: bytes, walk: _Walk) -> None:
    """Further maps of holes stand between a header of GNU's sparse files and its bytes."""
    more = header[482]
    while more and walk.at + _BLOCK <= walk.size:
        more = walk.read(_BLOCK, walk.at)[504]
        walk.at += _BLOCK


def _name(info: tarfile.TarInfo, walk: _Walk) -> str:
    name = walk.said.get("path") or walk.long_name or info.name
    while name.startswith("./"):  # as `tar c .` writes them
        name = name[2:]
    return name


def _fate(info: tarfile.TarInfo, member: Member, walk: _Walk, directory: Directory) -> None:
    if info.isdir() or (info.isreg() and member.name.endswith("/") and not member.size):
        return
    if info.islnk() or info.issym():
        directory.refuse(member.name, "link", "a hard or symbolic link")
    elif info.type == tarfile.GNUTYPE_SPARSE or any(key.startswith(_SPARSE) for key in walk.said):
        directory.refuse(member.name, "sparse", "a file with holes; pack it without --sparse")
    elif not info.isreg():
        directory.refuse(member.name, "not_a_file", "a pipe, device or something unknown")
    else:
        directory.add(member)


def read_member(path: Path, member: Member) -> bytes:
    """The bytes of one member.

    Raises:
        ArchiveError: the archive ends in it.
    """
    handle = os.open(path, os.O_RDONLY)
    try:
        content = os.pread(handle, member.size, member.offset)
    finally:
        os.close(handle)
    if len(content) < member.size:
        raise ArchiveError("truncated", "the archive ends in it")
    return content
