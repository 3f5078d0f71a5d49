"""Archives that lie in raw/ and stay there: a member is a sample like a file, read in place.

In the samples table a member is `photos.zip!/cats/1.png`. Nothing is ever extracted by its name: members of a zip or a
plain tar are read where they lie, and a packed tar is unpacked as a whole, as one file, into this machine's cache.
"""

from __future__ import annotations

import os
import re
import threading
from functools import lru_cache
from pathlib import Path

from dlpipe.core.archives import tars, zips
from dlpipe.core.archives.members import UNLIMITED, ArchiveError, Directory, Limits
from dlpipe.core.archives.unpacked import plain
from dlpipe.core.filename import INSIDE as SEPARATOR

__all__ = ["SEPARATOR", "ArchiveError", "Limits", "directory", "is_archive", "member_bytes", "parted", "placed"]

_SUFFIX = r"\.(?:zip|tar|tar\.gz|tgz|tar\.xz|txz|tar\.bz2|tbz2)"
_ARCHIVE = re.compile(rf".+{_SUFFIX}", re.IGNORECASE | re.DOTALL)
_INSIDE = re.compile(rf"(?P<folder>(?:[^/]+/)*?)(?P<archive>[^/]+{_SUFFIX})!/(?P<member>.+)", re.IGNORECASE | re.DOTALL)

_lock = threading.Lock()


def _unlock() -> None:
    """A child that was forked while a thread held the lock would wait for ever."""
    global _lock  # noqa: PLW0603 - a lock cannot be made free otherwise
    _lock = threading.Lock()


os.register_at_fork(after_in_child=_unlock)


def is_archive(name: str) -> bool:
    """Whether a file's name ends like that of an archive."""
    return bool(_ARCHIVE.fullmatch(name))


def parted(path: str) -> tuple[str, str] | None:
    """Archive and member of a path that leads into an archive, else None."""
    found = _INSIDE.fullmatch(path) if SEPARATOR in path else None
    return (found["folder"] + found["archive"], found["member"]) if found else None


def placed(path: str) -> str:
    """The path without its archive: `a/photos.zip!/cats/1.png` stands like `a/cats/1.png`."""
    found = _INSIDE.fullmatch(path) if SEPARATOR in path else None
    return found["folder"] + found["member"] if found else path


def directory(archive: Path, limits: Limits) -> Directory:
    """What an archive holds.

    Raises:
        ArchiveError: it cannot be read as a whole, or is beyond a limit.
        OSError: the file cannot be read.
    """
    stat = archive.stat()
    with _lock:
        return _directory(archive, stat.st_size, stat.st_mtime_ns, limits.model_dump_json())


@lru_cache(maxsize=64)
def _directory(archive: Path, size: int, time: int, given: str) -> Directory:  # noqa: ARG001 - the key
    limits = Limits.model_validate_json(given)
    if archive.name.lower().endswith(".zip"):
        return zips.read_directory(archive, limits)
    return tars.read_directory(plain(archive, limits), limits)


def member_bytes(archive: Path, name: str) -> bytes:
    """The bytes of one member.

    Raises:
        ArchiveError: it is not there or is damaged.
        OSError: the archive cannot be read.
    """
    member = directory(archive, UNLIMITED).members.get(name)
    if member is None:
        raise ArchiveError("missing", "the archive has no such member")
    if archive.name.lower().endswith(".zip"):
        return zips.read_member(archive, member)
    return tars.read_member(plain(archive, UNLIMITED), member)
