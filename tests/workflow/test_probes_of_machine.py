"""Machines that lack something."""

from __future__ import annotations

import shutil
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from dlpipe.workflow import probes_of_machine

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(("system", "state"), (("linux", "ok"), ("darwin", "weak"), ("win32", "missing")))
def test_systems(system: str, state: str):
    assert probes_of_machine._system(system).state == state


def test_no_git_is_weak(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert probes_of_machine._git().state == "weak"
    assert probes_of_machine._gpus().state == "ok"


@pytest.mark.parametrize(("free", "state"), ((1e12, "ok"), (1e9, "weak"), (1e8, "missing")))
def test_disk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, free: float, state: str):
    monkeypatch.setattr(shutil, "disk_usage", lambda place: SimpleNamespace(free=free, total=free))
    assert probes_of_machine._disk(tmp_path).state == state


def test_little_shared_memory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(shutil, "disk_usage", lambda place: SimpleNamespace(free=0, total=64e6))
    assert probes_of_machine._shared(tmp_path).state == "weak"
    assert probes_of_machine._shared(tmp_path / "none").state == "weak"


def test_a_broken_gpu_driver(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    tool = tmp_path / "nvidia-smi"
    tool.write_text("#!/bin/sh\necho 'Driver/library version mismatch'\nexit 18\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    found = probes_of_machine._gpus()
    assert (found.state, found.says) == ("weak", "nvidia-smi fails: Driver/library version mismatch")
