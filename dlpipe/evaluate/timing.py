"""Times an exported network in a process of its own, so that memory and cores are its alone.

`python -m dlpipe.evaluate.timing` reads a question as JSON from stdin and writes the answer as JSON to stdout.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from dlpipe.core.process import end_with_parent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dlpipe.graph.run import Graph

LEAST_RUNS = 5
_MOST_RUNS = 2000
_WARM_UPS = 3
_SINGLE_SHARE = 0.4
"""Of all seconds, what goes to single samples; the rest is shared by the other batch sizes."""
_COUNTED_SECONDS = 1.0
_COUNTER = Path("/sys/class/powercap/intel-rapl:0/energy_uj")
"""Energy of the processor's package in microjoules (Linux, Intel and AMD), where this process may read it."""


def timed(model: Path, seconds: float, batch_sizes: Sequence[int]) -> dict[str, Any]:
    """Seconds of every run by batch size, peak memory before and after, and what the processor says it used.

    Args:
        model: The ONNX file.
        seconds: How long is measured in all, at least; every batch size runs five times whatever it takes.
        batch_sizes: Those tried; 1 is always measured, first and longest.
    """
    from dlpipe.graph.run import Graph

    without = _peak_bytes()
    graph = Graph(model.read_bytes(), model)
    others = sorted({size for size in batch_sizes if size != 1})
    share = seconds * (1 - _SINGLE_SHARE) / max(len(others), 1)
    runs = {1: _runs(graph, 1, seconds * _SINGLE_SHARE)}
    single = _peak_bytes()
    runs |= {size: _runs(graph, size, share) for size in others}
    return {
        "seconds": {str(size): found for size, found in runs.items()},
        "peak_bytes": {"without_model": without, "batch_1": single, "all": _peak_bytes()},
        "joules_per_sample": _joules(graph, min(runs, key=lambda size: sum(runs[size]) / len(runs[size]) / size)),
    }


def _runs(graph: Graph, batch_size: int, seconds: float) -> list[float]:
    """Seconds of each run, one after the other."""
    inputs = np.random.default_rng(0).integers(0, 256, (batch_size, *graph.example_shape), dtype=np.uint8)
    for _ in range(_WARM_UPS):
        graph(inputs)
    found: list[float] = []
    started = time.perf_counter()
    while len(found) < LEAST_RUNS or (time.perf_counter() - started < seconds and len(found) < _MOST_RUNS):
        begun = time.perf_counter()
        graph(inputs)
        found.append(round(time.perf_counter() - begun, 9))
    return found


def _joules(graph: Graph, batch_size: int) -> float | None:
    """Energy of one sample at the best batch size by the processor's own counter; None where it cannot be read."""
    inputs = np.zeros((batch_size, *graph.example_shape), dtype=np.uint8)
    try:
        before = int(_COUNTER.read_text("ascii"))
        started, runs = time.perf_counter(), 0
        while runs == 0 or time.perf_counter() - started < _COUNTED_SECONDS:
            graph(inputs)
            runs += 1
        used = int(_COUNTER.read_text("ascii")) - before
    except OSError:
        return None
    return used / 1e6 / runs / batch_size if used > 0 else None  # the counter starts over now and then


def _peak_bytes() -> int:
    """Largest resident memory so far. Linux's `ru_maxrss` starts at that of the process that started this one."""
    status = Path("/proc/self/status")
    if status.is_file():
        (line,) = (line for line in status.read_text("ascii", "replace").splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def main() -> None:
    """Answers one question."""
    end_with_parent()
    asked = json.load(sys.stdin)
    json.dump(timed(Path(asked["model"]), asked["seconds"], asked["batch_sizes"]), sys.stdout)


if __name__ == "__main__":
    main()
