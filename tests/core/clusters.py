"""A real Dask cluster on this machine, for tests of what runs on one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from tests.house.sources import REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def dask_cluster(folder: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A scheduler and two worker processes; their address, and the workers."""
    with ExitStack() as started:

        def start(module: str, *words: str) -> subprocess.Popen[bytes]:
            command = [sys.executable, "-m", f"distributed.cli.{module}", "--host", "127.0.0.1", "--no-dashboard"]
            environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
            process = subprocess.Popen([*command, *words], env=environment, cwd=folder, stderr=subprocess.DEVNULL)
            started.callback(process.wait)
            started.callback(process.kill)
            return process

        start("dask_scheduler", "--port", "0", "--scheduler-file", str(folder / "scheduler.json"))
        address = _address(folder / "scheduler.json")
        yield address, [start("dask_worker", address, "--nthreads", "1", "--no-nanny") for _ in range(2)]


def _address(file: Path) -> str:
    deadline = time.monotonic() + 60
    while True:
        try:
            return json.loads(file.read_text())["address"]
        except (OSError, ValueError):
            assert time.monotonic() < deadline, "the scheduler did not start"
            time.sleep(0.05)


def wait_for_workers(address: str, count: int) -> None:
    """Returns once so many workers have come."""
    import distributed

    with distributed.Client(address) as client:
        client.wait_for_workers(count, timeout=60)
