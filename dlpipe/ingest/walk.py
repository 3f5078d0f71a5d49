"""All files below raw/, and in its archives: which can be samples by their name, and why each other one cannot."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from dlpipe.core import archives
from dlpipe.core.archives import SEPARATOR, ArchiveError, Limits
from dlpipe.core.filename import as_path, as_text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

_TAKEN = ("name_taken", "its folder is called like an archive that is read in place; call it something else")


@dataclass(frozen=True)
class Found:
    """What lies below raw/."""

    paths: list[str]
    """Files that can be samples: their text (`dlpipe.core.filename`) relative to raw/, sorted."""
    set_aside: list[tuple[str, str, str]] = field(default_factory=list[tuple[str, str, str]])
    """(path, reason, detail) of everything else, sorted; a folder that is not entered stands for its content."""


def walk(
    raw: Path,
    suffixes: Sequence[str],
    *,
    follow_links: bool = False,
    leave_out: Collection[str] = frozenset(),
    limits: Limits = Limits(),  # noqa: B008 - frozen
) -> Found:
    """Everything below `raw`. Of files only archives are opened, so nothing can block.

    Args:
        raw: The folder.
        suffixes: Endings that a sample's name may have, lower case with the dot.
        follow_links: Whether a symbolic link to a file counts as that file. Links to folders never do.
        leave_out: Files that are no samples and known as such, like a table of labels.
        limits: How much an archive may hold.
    """
    paths: list[str] = []
    packed: list[str] = []
    set_aside: list[tuple[str, str, str]] = []
    for entry in _entries(str(raw)):
        text = as_text(os.path.relpath(entry.path, raw))
        if text in leave_out:
            continue
        fate: tuple[str, str] | None = (
            _TAKEN if archives.parted(text) else _fate(entry, suffixes, follow_links=follow_links)
        )
        if fate is None:
            (packed if archives.is_archive(text) else paths).append(text)
        else:
            set_aside.append((text, fate[0], fate[1]))
    for archive in packed:
        inside = _members(raw, archive, suffixes, limits)
        paths += inside.paths
        set_aside += inside.set_aside
    return Found(sorted(paths), sorted(set_aside))


def _members(raw: Path, archive: str, suffixes: Sequence[str], limits: Limits) -> Found:
    """What an archive holds, or why it holds nothing."""
    try:
        found = archives.directory(raw / as_path(archive), limits)
    except ArchiveError as error:
        return Found([], [(archive, error.reason, error.detail)])
    except OSError as error:
        return Found([], [(archive, "io_error", f"it cannot be read: {error.strerror}")])
    paths: list[str] = []
    set_aside = [(_inside(archive, name), reason, detail) for name, reason, detail in found.set_aside]
    for name in found.members:
        fate = _fate_in_archive(name, suffixes)
        if fate is None:
            paths.append(_inside(archive, name))
        else:
            set_aside.append((_inside(archive, name), *fate))
    if not found.count:
        set_aside.append((archive, "empty", "the archive holds nothing"))
    return Found(paths, set_aside)


def _inside(archive: str, name: str) -> str:
    try:
        return f"{archive}{SEPARATOR}{as_text(name)}"
    except UnicodeEncodeError:  # a name that is set aside because it is no text
        return f"{archive}{SEPARATOR}{name.encode('utf-8', 'backslashreplace').decode()}"


def _fate_in_archive(name: str, suffixes: Sequence[str]) -> tuple[str, str] | None:
    if any(part.startswith(".") for part in name.split("/")):
        return "hidden", "its name, or that of a folder, starts with a dot"
    if archives.is_archive(name):
        return "nested_archive", "an archive in an archive; unpack the outer one"
    return _ending(name, suffixes)


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
    return None if archives.is_archive(entry.name) else _ending(entry.name, suffixes)


def _ending(name: str, suffixes: Sequence[str]) -> tuple[str, str] | None:
    suffix = PurePosixPath(name).suffix.lower()
    if suffix not in suffixes:
        shown = f"the ending '{as_text(suffix)}'" if suffix else "a name without ending"
        return "other_ending", f"{shown} is none of {' '.join(suffixes)}"
    return None
