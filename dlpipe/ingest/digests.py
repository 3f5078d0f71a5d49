"""The hash of every sample's bytes, by which later readers know that it is the same."""

from __future__ import annotations

import errno
import hashlib
from functools import partial
from typing import TYPE_CHECKING

from dlpipe.core import files
from dlpipe.core.archives import ArchiveError, member_bytes, parted
from dlpipe.core.filename import as_path

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

_FILE_ERRORS = {errno.EACCES, errno.EPERM, errno.EIO, errno.ENOENT}


def with_digests(samples: pl.DataFrame, raw: Path) -> tuple[pl.DataFrame, list[tuple[str, str, str]]]:
    """The samples whose bytes could be read, with `digest`, and the others as set aside."""
    import polars as pl

    from dlpipe.core.loop import each

    found = list(each(partial(_digest, raw), samples["path"].to_list(), "hashing"))
    lost = [(path, *fate) for path, fate in zip(samples["path"], found, strict=True) if not isinstance(fate, str)]
    digests = pl.Series("digest", [each if isinstance(each, str) else None for each in found], dtype=pl.String)
    return samples.insert_column(2, digests).drop_nulls("digest"), lost


def _digest(raw: Path, path: str) -> str | tuple[str, str]:
    """SHA-256 of a file or of a member of an archive, or (reason, detail) where it cannot be read."""
    try:
        inside = parted(path)
        if inside is None:
            return files.digest(raw / as_path(path))
        archive, member = inside
        return hashlib.sha256(member_bytes(raw / as_path(archive), as_path(member))).hexdigest()
    except ArchiveError as error:
        return error.reason, error.detail
    except OSError as error:
        if error.errno not in _FILE_ERRORS:
            raise
        return "io_error", f"it cannot be read: {error.strerror}"
