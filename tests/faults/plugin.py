"""The fault harness as a pytest plug-in: marks for what it needs, and fixtures that sweep a stage."""

from __future__ import annotations

import functools
import shutil
import subprocess
import sys

import pytest


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "needs_strace: skipped where strace is missing or ptrace is forbidden")


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("needs_strace") and (reason := missing_strace()):
        pytest.skip(reason)


@functools.cache
def missing_strace() -> str:
    """Why faults cannot be injected here; empty where they can."""
    if shutil.which("strace") is None:
        return "strace is not installed (Debian: apt-get install strace)"
    command = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=write", sys.executable, "-c", ""]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else f"strace may not trace here: {done.stderr.strip()[-200:]}"
