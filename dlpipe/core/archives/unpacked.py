"""A packed tar as a plain one, in this machine's cache: its members then lie at places of their own.

The cache is keyed by place, size and time of the archive; that what is read there is what `ingest` saw, each member's
digest says.
"""

from __future__ import annotations

import bz2
import gzip
import hashlib
import lzma
import os
import tempfile
import zlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlpipe.core.archives.members import ArchiveError, Directory, Limits
from dlpipe.core.errors import DlpipeError
from dlpipe.core.project import find_project

if TYPE_CHECKING:
    from collections.abc import Callable

_OPENERS: dict[str, Callable[[Path], Any]] = {
    "gz": gzip.open,
    "tgz": gzip.open,
    "xz": lzma.open,
    "txz": lzma.open,
    "bz2": bz2.open,
    "tbz2": bz2.open,
}
_BLOCK = 1 << 20
_SMALL = 1 << 24
"""A tar of no more bytes is no bomb, however well it was packed."""


def plain(archive: Path, limits: Limits) -> Path:
    """The plain tar of an archive; itself where it is one. Unpacks it if that was not done before.

    Raises:
        ArchiveError: damaged, or larger than its limits.
    """
    opener = _OPENERS.get(archive.name.rpartition(".")[2].lower())
    if opener is None:
        return archive
    stat = archive.stat()
    key = hashlib.sha256(f"{archive.absolute()}\0{stat.st_size}\0{stat.st_mtime_ns}".encode("utf-8", "surrogateescape"))
    target = _folder(Path.cwd()) / f"{key.hexdigest()}.tar"
    if not target.is_file():
        _unpack(archive, opener, target, limits)
    return target


@cache
def _folder(here: Path) -> Path:
    """`.dlpipe/cache/archives` of the project that this process works in; outside of one a folder that ends with it."""
    try:
        folder = find_project(here).local / "cache" / "archives"
    except DlpipeError:
        import atexit
        import shutil

        folder = Path(tempfile.mkdtemp(prefix="dlpipe-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _unpack(archive: Path, opener: Callable[[Path], Any], target: Path, limits: Limits) -> None:
    directory = Directory(limits)
    most = min(limits.max_gigabytes * 1e9, max(_SMALL, limits.max_ratio * archive.stat().st_size))
    draft = target.with_name(f".{target.name}.{os.getpid()}.draft")
    written = 0
    try:
        with opener(archive) as packed, draft.open("wb") as file:
            while block := _block(packed):
                written += file.write(block)
                directory.in_time()
                if written > most:
                    raise ArchiveError("bomb", f"it unpacks to more than {most:,.0f} bytes")
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)


def _block(packed: Any) -> bytes:
    try:
        return packed.read(_BLOCK)
    except (EOFError, zlib.error, lzma.LZMAError) as error:
        raise ArchiveError("damaged", f"it cannot be unpacked: {error}") from error
    except OSError as error:
        if error.errno is not None:
            raise
        raise ArchiveError("damaged", f"it cannot be unpacked: {error}") from error
