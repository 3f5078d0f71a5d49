"""What each stage costs in time and memory: on 400 pictures (for most little more than their start-up) and on all of `solar`."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.benchmarks.bench import solar_project

MINUTES = 8
_TIMED = """
import json, resource, subprocess, sys, time
started = time.perf_counter()
code = subprocess.run([sys.executable, "-m", "dlpipe", *sys.argv[1:]], stderr=subprocess.PIPE).returncode
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps({"code": code, "seconds": round(time.perf_counter() - started, 1), "peak_mib": used.ru_maxrss // 1024}))
"""


def measure() -> dict[str, dict[str, dict[str, float]]]:
    """Seconds and peak resident MiB by stage."""
    from dlpipe.core.stage import STAGES

    with tempfile.TemporaryDirectory() as folder:
        project = solar_project(Path(folder))
        subprocess.run([sys.executable, "-m", "dlpipe", "fetch", "solar"], cwd=project, check=True, capture_output=True)
        small = {stage: _timed(project, stage, {"DLPIPE_LIMIT": "400"}) for stage in STAGES}
        whole = {stage: _timed(project, stage, {"DVC_STAGE": stage}) for stage in STAGES}
    return {"400 pictures": small, "all pictures": whole}


def _timed(project: Path, stage: str, environment: dict[str, str]) -> dict[str, float]:
    import os

    done = subprocess.run(
        [sys.executable, "-c", _TIMED, stage, "solar"],
        cwd=project,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)
