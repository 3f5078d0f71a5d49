"""A real Dask cluster on this machine, for tests of what runs on one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.house.sources import REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def dask_cluster(folder: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A scheduler and two worker processes; their address, and the workers."""
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    start = [sys.executable, "-m", "distributed.cli.dask_scheduler"]
    words = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(folder / "scheduler.json")]
    scheduler = subprocess.Popen([*start, *words], env=environment, cwd=folder, stderr=subprocess.DEVNULL)
    address = _address(folder / "scheduler.json")
    start = [sys.executable, "-m", "distributed.cli.dask_worker", address]
    words = ["--nthreads", "1", "--no-nanny", "--no-dashboard", "--host", "127.0.0.1"]
    workers = [
        subprocess.Popen([*start, *words], env=environment, cwd=folder, stderr=subprocess.DEVNULL) for _ in range(2)
    ]
    try:
        yield address, workers
    finally:
        for process in (*workers, scheduler):
            process.kill()
            process.wait()


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
