"""MLflow's own sampling of CPU, memory, disk, network and GPU, sent through the journal instead of to a server."""

from __future__ import annotations

import math
import os
import threading
import time
from typing import TYPE_CHECKING, Any

from dlpipe.core.say import say

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

INTERVAL_VARIABLE = "MLFLOW_SYSTEM_METRICS_SAMPLING_INTERVAL"
_SECONDS = 10.0
_SHORTEST_S = 0.1
_LONGEST_S = 86_400.0
"""A thread cannot wait for ever and be woken (`inf`, which some set to have no samples)."""
_LONGEST_WAIT_S = 2.0


class Monitor:
    """Samples every 10 seconds (or as `MLFLOW_SYSTEM_METRICS_SAMPLING_INTERVAL` says) until `finish`.

    MLflow's `SystemMetricsMonitor` asks the server in its own loop, and prints and stops when the server is away; so its
    collectors are used and its loop is not. Steps count intervals since the run first started, so that a resumed run
    goes on where it was.
    """

    def __init__(self, send: Callable[[Mapping[str, float], int], None], started_ms: int) -> None:
        self._send = send
        self._started_s = started_ms / 1000
        self._interval_s = _interval_s()
        self._collectors = _collectors()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._work, name="dlpipe-system", daemon=True)
        self._thread.start()

    def finish(self) -> None:
        """Ends sampling."""
        self._over.set()
        self._thread.join(_LONGEST_WAIT_S)

    def _work(self) -> None:
        while not self._over.wait(self._interval_s):
            try:
                self._sample()
            except Exception as error:  # noqa: BLE001 - what the system does not tell must not stop the training
                say.detail(f"system metrics end here: {type(error).__name__}: {error}")
                return

    def _sample(self) -> None:
        found: dict[str, float] = {}
        for collector in self._collectors:
            collector.collect_metrics()
            found |= {f"system/{name}": float(value) for name, value in collector.aggregate_metrics().items()}
            collector.clear_metrics()
        step = int((time.time() - self._started_s) / self._interval_s)
        if not self._over.is_set():
            self._send(found, step)


def _interval_s() -> float:
    try:
        asked = float(os.environ.get(INTERVAL_VARIABLE, ""))
    except ValueError:
        return _SECONDS
    return _SECONDS if math.isnan(asked) else min(max(asked, _SHORTEST_S), _LONGEST_S)


def _collectors() -> list[Any]:
    from mlflow.system_metrics.metrics.cpu_monitor import CPUMonitor
    from mlflow.system_metrics.metrics.disk_monitor import DiskMonitor
    from mlflow.system_metrics.metrics.gpu_monitor import GPUMonitor
    from mlflow.system_metrics.metrics.network_monitor import NetworkMonitor
    from mlflow.system_metrics.metrics.rocm_monitor import ROCMMonitor

    found: list[Any] = []
    for kind in (CPUMonitor, DiskMonitor, NetworkMonitor, GPUMonitor, ROCMMonitor):
        try:
            found.append(kind())
        except (ImportError, RuntimeError, OSError, AttributeError) as error:
            say.detail(f"no {kind.__name__}: {error}")
    return found
