"""What DVC cannot carry in a raw folder, found before DVC meets it."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from dlpipe.core import config
from dlpipe.core.errors import DlpipeError
from dlpipe.core.stage import RAW, raw_folder

if TYPE_CHECKING:
    from pathlib import Path

    from dlpipe.core.project import Project

_FIX = "move it out of raw/, or point ingest.source.root at the folder: DVC does not read what lies outside of data/"


def owned_raw(project: Project, pipeline: str) -> Path | None:
    """The raw folder that DVC tracks, `data/<pipeline>/raw`; None where the pipeline's root lies elsewhere."""
    raw = project.data(pipeline) / RAW
    chosen = raw_folder(project, pipeline, config.read(project.pipeline_file(pipeline)))
    return raw if chosen == raw else None


def is_empty(raw: Path) -> bool:
    """Whether nothing lies in a raw folder, or there is none."""
    if not raw.is_dir():
        return True
    with os.scandir(raw) as entries:
        return next(entries, None) is None


def dvc_file(raw: Path) -> Path:
    """Where DVC writes down what it tracks."""
    return raw.with_name(f"{raw.name}.dvc")


def check_raw(project: Project, pipeline: str) -> None:
    """Refuses a missing raw folder, and what makes DVC wait for ever, fail without a word of help, or change it.

    DVC (3.67) opens pipes and waits, ends with an unexpected error at sockets, dangling links and names that are not
    UTF-8, and puts copies in the place of links when it starts to track a folder. Later links may be its own.

    Raises:
        DlpipeError: there is such a thing.
    """
    raw = owned_raw(project, pipeline)
    if raw is None:
        return
    if not raw.is_dir():
        pull = f"`dvc pull {dvc_file(raw).relative_to(project.root)}`"
        fix = (
            f"{pull} gets it from the remote" if dvc_file(raw).is_file() else f"make it and put files into {raw}/CLASS/"
        )
        raise DlpipeError(f"{raw} is missing", f"{fix}; `dlpipe fetch {pipeline}` gets a ready data set")
    is_tracked = dvc_file(raw).is_file()
    waiting = [str(raw)]
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                if why := _obstacle(entry, is_tracked=is_tracked):
                    raise DlpipeError(f"{entry.path} {why}", _FIX)
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)


def _obstacle(entry: os.DirEntry[str], *, is_tracked: bool) -> str | None:
    try:
        entry.name.encode()
    except UnicodeEncodeError:
        return "has a name that is not UTF-8, which DVC cannot write down"
    if entry.is_symlink():
        if not is_tracked:
            return "is a symbolic link, which DVC would replace by a copy"
        return None if entry.is_file() or entry.is_dir() else "is a link to nothing, at which DVC fails"
    if entry.is_file() or entry.is_dir():
        return None
    kind = "a pipe" if stat.S_ISFIFO(entry.stat().st_mode) else "a socket or device"
    return f"is {kind}, on which DVC would wait or fail"
