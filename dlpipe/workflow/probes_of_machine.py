"""What `dlpipe doctor` asks of the machine: system, tools, cores, memory, disk, GPUs."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from dlpipe.workflow.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlpipe.core.project import Project

_GB = 1e9
_ENOUGH_DISK = 5 * _GB
_LEAST_DISK = 0.5 * _GB
_ENOUGH_MEMORY = 4 * _GB
_ENOUGH_SHARED = 1 * _GB


def look(project: Project | None) -> Iterator[Finding]:
    """All findings, in the order in which they are shown."""
    yield _system(sys.platform)
    yield _git()
    yield _cores()
    yield _memory()
    yield _disk(project.root if project else Path.cwd())
    yield _gpus()
    if sys.platform.startswith("linux"):
        yield _shared(Path("/dev/shm"))  # noqa: S108 - its size is asked, nothing is written


def _system(system: str) -> Finding:
    says = platform.platform()
    if system.startswith("linux"):
        return Finding("system", "ok", says)
    if system == "darwin":
        return Finding(
            "system", "weak", f"{says}: a stage outlives a killed `dvc repro` here", "Linux is what is tested"
        )
    return Finding("system", "missing", says, "use Linux, macOS or WSL 2")


def _git() -> Finding:
    found = shutil.which("git")
    if found is None:
        fix = "install git: without it no model leads back to the code and settings that made it"
        return Finding("git", "weak", "not installed", fix)
    done = subprocess.run([found, "--version"], capture_output=True, text=True, check=False)
    return Finding("git", "ok", done.stdout.strip().removeprefix("git version "))


def _cores() -> Finding:
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return Finding("cores", "ok", f"{usable} of {os.cpu_count()}, load {os.getloadavg()[0]:.1f}")


def _memory() -> Finding:
    import psutil

    memory = psutil.virtual_memory()
    says = f"{memory.available / _GB:.1f} GB free of {memory.total / _GB:.1f} GB"
    if memory.available < _ENOUGH_MEMORY:
        return Finding(
            "memory", "weak", says, "use a smaller train.batch_size or dataset.modality.size_px if it runs out"
        )
    return Finding("memory", "ok", says)


def _disk(place: Path) -> Finding:
    free = shutil.disk_usage(place).free
    says = f"{free / _GB:.1f} GB free at {place}"
    if free >= _ENOUGH_DISK:
        return Finding("disk", "ok", says)
    fix = "free some space; `dlpipe clear` and `dvc gc --workspace` list what can go"
    return Finding("disk", "weak" if free >= _LEAST_DISK else "missing", says, fix)


def _gpus() -> Finding:
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return Finding("gpu", "ok", "none by NVIDIA: training runs on the CPU (or on Apple's MPS)")
    query = ["--query-gpu=name,memory.total,driver_version", "--format=csv,noheader"]
    done = subprocess.run([tool, *query], capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stdout + done.stderr).strip().splitlines() or ["no reason given"]
        return Finding("gpu", "weak", f"nvidia-smi fails: {said[0]}", "mend the driver, or train on the CPU")
    return Finding("gpu", "ok", "; ".join(done.stdout.strip().splitlines()))


def _shared(place: Path) -> Finding:
    """Worker processes hand batches over in shared memory."""
    if not place.is_dir():
        return Finding("shared memory", "weak", f"no {place}", "set train.num_workers: 0")
    total = shutil.disk_usage(place).total
    says = f"{total / _GB:.1f} GB"
    if total < _ENOUGH_SHARED:
        fix = "give the container more (--shm-size=2g), or set train.num_workers: 0"
        return Finding("shared memory", "weak", says, fix)
    return Finding("shared memory", "ok", says)
