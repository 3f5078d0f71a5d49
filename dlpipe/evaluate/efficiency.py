"""What the exported model costs: time, memory, size, operations, energy, with the machine they were measured on.

Times differ from run to run, so they stand in a file of their own, `efficiency.json`, which is exempt from "same inputs,
same bytes"; the stages that make numbers from data read it never, the gate does.
"""

from __future__ import annotations

import json
import platform
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import Field

from dlpipe.core import files
from dlpipe.core.config import Section
from dlpipe.core.errors import DlpipeError, Exit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dlpipe.predictor import Predictor

SCHEMA_VERSION = 1

Entry = dict[str, Any]

_QUANTILES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
_CONFIDENCE = 0.95
_MIB = 1 << 20
_PATIENCE = 600


class Efficiency(Section):
    """How long and at which batch sizes the exported model is timed."""

    seconds: float = Field(default=5, gt=0, le=600, description="How long is measured, about.")
    batch_sizes: tuple[int, ...] = Field(
        default=(4, 16, 64), description="Batch sizes tried for the best throughput, beside 1.", max_length=10
    )
    watts: float | None = Field(
        default=None,
        gt=0,
        le=10_000,
        description="Power of this machine at work, for the energy estimate where the processor does not tell it.",
    )


def measure(settings: Efficiency, predictor: Predictor) -> dict[str, Any]:
    """All of `efficiency.json`: each number as `value`, `low`, `high`, and a `reason` where one of them is null.

    Raises:
        DlpipeError: the network cannot be timed on this machine (exit 4).
    """
    from dlpipe.graph.operations import count
    from dlpipe.predictor import MODEL

    model = predictor.folder / MODEL
    found = _asked(settings, model)
    runs = {int(size): np.array(times) for size, times in found["seconds"].items()}
    best = min(runs, key=lambda size: float(np.median(runs[size])) / size)
    operations = count(model.read_bytes())
    return {
        "schema_version": SCHEMA_VERSION,
        "model_digest": predictor.digest,
        "machine": machine(),
        "best_batch_size": best,
        "efficiency": {
            "latency_ms": {name: _latency(runs[size], size) for name, size in (("batch_1", 1), ("best_batch", best))},
            "throughput": _throughput(runs[best], best),
            "size_bytes": _exact(files.size_bytes(model)),
            "num_parameters": _exact(operations.num_parameters),
            "macs": _exact(operations.macs, operations.reason),
            "flops": _exact(None if operations.macs is None else 2 * operations.macs, operations.reason),
            "peak_memory_mib": _memory(found["peak_bytes"]),
            "energy_joules": _energy(settings, found["joules_per_sample"], runs[best], best),
        },
        "macs_by_operator": operations.by_operator,
    }


def _asked(settings: Efficiency, model: Path) -> dict[str, Any]:
    asked = {"model": str(model), "seconds": settings.seconds, "batch_sizes": settings.batch_sizes}
    patience = settings.seconds + _PATIENCE
    try:
        done = subprocess.run(
            [sys.executable, "-m", "dlpipe.evaluate.timing"],
            input=json.dumps(asked),
            capture_output=True,
            text=True,
            check=False,
            timeout=patience,
        )
    except subprocess.TimeoutExpired as error:
        problem = f"timing the exported model did not end within {patience:g} s"
        raise DlpipeError(
            problem, "smaller `evaluate.efficiency.batch_sizes` take less time", Exit.ENVIRONMENT
        ) from error
    if done.returncode:
        said = (done.stderr.strip().splitlines() or [f"it ended with {done.returncode}"])[-1]
        fix = "smaller `evaluate.efficiency.batch_sizes` need less memory"
        raise DlpipeError(f"the exported model could not be timed: {said}", fix, Exit.ENVIRONMENT)
    return json.loads(done.stdout)


def quantile(times: Sequence[float] | np.ndarray[Any, Any], share: float) -> Entry:
    """A quantile with its distribution-free interval: order statistics between which it lies (Conover, 1999, 3.2)."""
    from scipy.stats import binom

    ordered = np.sort(np.asarray(times, dtype=np.float64))
    tail = (1 - _CONFIDENCE) / 2
    low, high = (int(binom.ppf(chance, ordered.size, share)) for chance in (tail, 1 - tail))
    value = float(np.quantile(ordered, share))
    ends = [float(ordered[low - 1]) if low >= 1 else None, float(ordered[high]) if high < ordered.size else None]
    told = {"value": _rounded(value), "low": _rounded(ends[0]), "high": _rounded(ends[1])}
    return told if None not in ends else {**told, "reason": f"{ordered.size} runs are too few for both ends"}


def _latency(seconds: np.ndarray[Any, Any], batch_size: int) -> dict[str, Any]:
    """Milliseconds that one whole batch takes."""
    return {
        "batch_size": batch_size,
        "n": int(seconds.size),
        **{name: quantile(seconds * 1000, share) for name, share in _QUANTILES.items()},
    }


def _throughput(seconds: np.ndarray[Any, Any], batch_size: int) -> Entry:
    """Samples a second at the median time."""
    middle = quantile(seconds, _QUANTILES["p50"])
    ends = {"value": middle["value"], "low": middle["high"], "high": middle["low"]}
    told = {name: None if end is None else _rounded(batch_size / end) for name, end in ends.items()}
    return {**told, **({"reason": middle["reason"]} if "reason" in middle else {})}


def _memory(peak: dict[str, int]) -> dict[str, Entry]:
    """Largest memory of a process that does nothing but run the model, and how much of it is the model's."""
    return {
        "process": _exact(_rounded(peak["all"] / _MIB)),
        "model_batch_1": _exact(_rounded((peak["batch_1"] - peak["without_model"]) / _MIB)),
        "model_largest_batch": _exact(_rounded((peak["all"] - peak["without_model"]) / _MIB)),
    }


def _energy(settings: Efficiency, joules: float | None, seconds: np.ndarray[Any, Any], batch_size: int) -> Entry:
    """Energy of one sample at the best batch size, and what it rests on."""
    if joules is not None:
        return {**_exact(_rounded(joules)), "assumption": "the processor's own counter, all that ran beside included"}
    if settings.watts is not None:
        estimate = settings.watts * float(np.median(seconds)) / batch_size
        return {**_exact(_rounded(estimate)), "assumption": f"{settings.watts:g} W for as long as a sample takes"}
    return _exact(None, "this machine does not tell what it uses; give its power as `evaluate.efficiency.watts`")


def _exact(value: float | None, reason: str | None = None) -> Entry:
    return {"value": value, "low": None, "high": None, "reason": reason or "a count has no interval"}


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.6g}")


def machine() -> dict[str, Any]:
    """Where the times are from; no name that would tell whose machine it is."""
    import onnxruntime
    import psutil

    from dlpipe.core.loop import num_jobs

    return {
        "processor": _processor(),
        "threads": num_jobs(),
        "memory_gib": round(psutil.virtual_memory().total / (1 << 30), 1),
        "system": f"{platform.system()} {platform.machine()}",
        "onnxruntime": onnxruntime.__version__,
        "provider": "CPUExecutionProvider",
    }


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        for line in cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown"
