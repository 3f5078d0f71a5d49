"""Writing that a crash cannot tear: files and folders are replaced whole or not at all.

The order for a folder is: draft beside the target, old one renamed aside, draft renamed in, aside removed. Whatever
moment the process dies, `recover` at the next start finishes or takes back the swap.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from dlpipe.core.errors import DlpipeError, Exit

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

DIGESTS = "digests.json"
"""Name of the file that holds the SHA-256 of every other file of a published folder."""

_NO_SPACE = (errno.ENOSPC, errno.EDQUOT)
_BLOCK = 1 << 20


def digest(path: Path) -> str:
    """SHA-256 of a file's bytes, in hex."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            found.update(block)
    return found.hexdigest()


def digests(folder: Path) -> dict[str, str]:
    """SHA-256 of every file below `folder` by relative POSIX path, `digests.json` left out."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    named = {path.relative_to(folder).as_posix(): path for path in files}
    return {name: digest(path) for name, path in named.items() if name != DIGESTS}


def listing(folder: Path) -> str:
    """SHA-256 over the relative names, sizes and times of all files below `folder`: cheap over many files."""
    found = hashlib.sha256()
    for place, folders, names in os.walk(folder):
        folders.sort()
        relative = os.path.relpath(place, folder)
        for name in sorted(names):
            stat = os.lstat(os.path.join(place, name))  # noqa: PTH118 - 10 times faster over 100,000 files
            found.update(os.fsencode(f"{relative}\0{name}\0{stat.st_size}\0{stat.st_mtime_ns}\0"))
    return found.hexdigest()


def write_bytes(path: Path, content: bytes) -> None:
    """Replaces `path` by `content`, whole and on disk before the old bytes go."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.draft")
    try:
        with draft.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def write_text(path: Path, text: str) -> None:
    """Replaces `path` by UTF-8 text."""
    write_bytes(path, text.encode())


def write_json(path: Path, value: Any) -> None:
    """Replaces `path` by JSON with sorted keys; NaN and infinity are refused, they are not JSON."""
    write_text(path, json.dumps(value, indent=2, sort_keys=True, allow_nan=False, ensure_ascii=False) + "\n")


def read_json(path: Path) -> Any:
    """Parses a JSON file that dlpipe wrote.

    Raises:
        DlpipeError: the file is missing or is no JSON.
    """
    try:
        return json.loads(path.read_bytes())
    except FileNotFoundError as error:
        raise DlpipeError(f"{path} is missing", "run `dlpipe status` to see which stage makes it") from error
    except ValueError as error:
        problem = f"{path} is no JSON: {error}"
        raise DlpipeError(problem, f"remove {path} and run the stage again", Exit.INTEGRITY) from error


def sync_folder(folder: Path) -> None:
    """Puts a folder's entries on disk, so that a rename survives a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def draft_of(target: Path) -> Path:
    """Where the next version of a folder is written."""
    return target.with_name(f".{target.name}.draft")


def _aside_of(target: Path) -> Path:
    return target.with_name(f".{target.name}.old")


def recover(target: Path) -> None:
    """Ends a swap that a dead process left half done.

    A folder of the aside name is always whole, and while it is there so is one of the draft name: the old one is set
    aside only once the draft is whole, and takes the draft's name again before any of its files is removed.
    """
    aside, draft = _aside_of(target), draft_of(target)
    if aside.exists() and not target.exists():
        (draft if draft.exists() else aside).rename(target)
    if aside.exists():
        discard(aside, draft)


@contextmanager
def replacing(target: Path) -> Generator[Path]:
    """Gives an empty draft folder; when the block ends well it takes the place of `target`, with its digests.

    When the block fails, `target` stays as it was and the draft is removed.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    recover(target)
    draft = draft_of(target)
    remove(draft)
    draft.mkdir()
    try:
        yield draft
        write_json(draft / DIGESTS, digests(draft))
        _sync_tree(draft)
    except BaseException:
        remove(draft)
        raise
    _swap(draft, target)


def _swap(draft: Path, target: Path) -> None:
    aside = _aside_of(target)
    if target.exists():
        target.rename(aside)
    try:
        draft.rename(target)
    except OSError:
        if aside.exists():
            aside.rename(target)
        raise
    sync_folder(target.parent)
    if aside.exists():
        discard(aside, draft)


def _sync_tree(folder: Path) -> None:
    for path in sorted(folder.rglob("*")):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    sync_folder(folder)


def remove(path: Path) -> None:
    """Removes a file or a folder of dlpipe's own making, if it is there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def discard(path: Path, spare: Path | None = None) -> None:
    """Removes a folder of dlpipe's own making so that it is there whole or not at all: half removed it has another name.

    What a killed process left under that name, `spare`, goes too.
    """
    spare = spare or path.with_name(f".{path.name}.discarded")
    remove(spare)
    if path.exists():
        path.rename(spare)
        remove(spare)


def size_bytes(path: Path) -> int:
    """Size of a file, or of all files below a folder."""
    if path.is_file():
        return path.stat().st_size
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file() and not file.is_symlink())


def environment_problem(error: OSError) -> DlpipeError:
    """What a person should read when the system refuses a file."""
    where = error.filename or "a file"
    if error.errno in _NO_SPACE:
        return DlpipeError(
            f"no space left on the disk while writing {where}",
            "free some space (`dlpipe clear` lists what can go), then run the command again",
            Exit.ENVIRONMENT,
        )
    fix = "check that the disk is there and that you may read and write this place, then run the command again"
    return DlpipeError(f"{where}: {error.strerror or error}", fix, Exit.ENVIRONMENT)
