"""All files below raw/: which can be samples by their name, and why each other one cannot."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from dlpipe.core.filename import as_text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence


@dataclass(frozen=True)
class Found:
    """What lies below raw/."""

    paths: list[str]
    """Files that can be samples: their text (`dlpipe.core.filename`) relative to raw/, sorted."""
    set_aside: list[tuple[str, str, str]] = field(default_factory=list[tuple[str, str, str]])
    """(path, reason, detail) of everything else, sorted; a folder that is not entered stands for its content."""


def walk(
    raw: Path, suffixes: Sequence[str], *, follow_links: bool = False, leave_out: Collection[str] = frozenset()
) -> Found:
    """Everything below `raw`. No file is opened, so nothing can block.

    Args:
        raw: The folder.
        suffixes: Endings that a sample's name may have, lower case with the dot.
        follow_links: Whether a symbolic link to a file counts as that file. Links to folders never do.
        leave_out: Files that are no samples and known as such, like a table of labels.
    """
    paths: list[str] = []
    set_aside: list[tuple[str, str, str]] = []
    for entry in _entries(str(raw)):
        text = as_text(os.path.relpath(entry.path, raw))
        if text in leave_out:
            continue
        fate = _fate(entry, suffixes, follow_links=follow_links)
        if fate is None:
            paths.append(text)
        else:
            set_aside.append((text, *fate))
    return Found(sorted(paths), sorted(set_aside))


def _entries(folder: str) -> Iterator[os.DirEntry[str]]:
    """Everything below but the folders that are entered."""
    waiting = [folder]
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False) and not entry.name.startswith("."):
                    waiting.append(entry.path)
                else:
                    yield entry


def _fate(entry: os.DirEntry[str], suffixes: Sequence[str], *, follow_links: bool) -> tuple[str, str] | None:
    if entry.name.startswith("."):
        return "hidden", "its name starts with a dot"
    if entry.is_symlink() and not (follow_links and entry.is_file()):
        return "symlink", "a symbolic link; put the file itself here, or set ingest.source.follow_links for files"
    if not entry.is_file():
        return "not_a_file", "a pipe, socket or device"
    suffix = PurePosixPath(entry.name).suffix.lower()
    if suffix not in suffixes:
        shown = f"the ending '{as_text(suffix)}'" if suffix else "a name without ending"
        return "other_ending", f"{shown} is none of {' '.join(suffixes)}"
    return None
