from __future__ import annotations

import threading
import time
from collections.abc import Mapping

import psutil
import pytest

from dlpipe.core.say import Level, say
from dlpipe.tracking import monitor as module
from dlpipe.tracking.journal import now_ms
from dlpipe.tracking.monitor import INTERVAL_VARIABLE, Monitor

Sent = tuple[dict[str, float], int]


class Receiver:
    """Takes samples, and lets the test wait for them."""

    def __init__(self, fails: bool = False) -> None:
        self.sent: list[Sent] = []
        self._fails = fails
        self._came = threading.Condition()

    def __call__(self, values: Mapping[str, float], step: int) -> None:
        with self._came:
            self.sent.append((dict(values), step))
            self._came.notify_all()
        if self._fails:
            raise OSError("the disk is gone")

    def wait_for(self, count: int) -> list[Sent]:
        with self._came:
            assert self._came.wait_for(lambda: len(self.sent) >= count, timeout=20)
        return self.sent


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(INTERVAL_VARIABLE, "0.1")


def no_load() -> list[object]:
    return []


def test_a_sample_says_how_busy_the_machine_is() -> None:
    received = Receiver()
    monitor = Monitor(received, now_ms())
    values, _ = received.wait_for(1)[0]
    monitor.finish()
    assert all(name.startswith("system/") for name in values)
    assert 0 <= values["system/cpu_utilization_percentage"] <= 100
    assert values["system/system_memory_usage_percentage"] == pytest.approx(psutil.virtual_memory().percent, abs=20)
    assert values["system/disk_usage_percentage"] == pytest.approx(psutil.disk_usage("/").percent, abs=5)


def test_a_resumed_run_goes_on_counting_where_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_collectors", no_load)
    received = Receiver()
    monitor = Monitor(received, now_ms() - 3_600_000)
    steps = [step for _, step in received.wait_for(2)]
    monitor.finish()
    assert steps[0] < steps[1]
    assert 36_000 <= steps[0] < 36_200, "ten a second for an hour"


def test_nothing_is_sent_once_it_is_finished(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_collectors", no_load)
    received = Receiver()
    monitor = Monitor(received, now_ms())
    received.wait_for(1)
    monitor.finish()
    count = len(received.sent)
    time.sleep(0.25)
    assert len(received.sent) == count


def test_a_sample_that_fails_ends_sampling_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(module, "_collectors", no_load)
    say.level = Level.VERBOSE
    received = Receiver(fails=True)
    monitor = Monitor(received, now_ms())
    received.wait_for(1)
    time.sleep(0.25)
    monitor.finish()
    assert len(received.sent) == 1
    assert "system metrics end here: OSError: the disk is gone" in capsys.readouterr().err


def test_what_this_machine_does_not_have_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without the library of its graphics cards has a processor all the same."""
    from mlflow.system_metrics.metrics import gpu_monitor

    def missing(_self: object) -> None:
        raise ImportError("no pynvml")

    monkeypatch.setattr(gpu_monitor.GPUMonitor, "__init__", missing)
    received = Receiver()
    monitor = Monitor(received, now_ms())
    values, _ = received.wait_for(1)[0]
    monitor.finish()
    assert "system/cpu_utilization_percentage" in values
    assert not any("gpu" in name for name in values)


@pytest.mark.parametrize(
    ("said", "seconds"),
    (("2.5", 2.5), ("", 10), ("often", 10), ("nan", 10), ("0", 0.1), ("-1", 0.1), ("inf", 86_400), ("1e300", 86_400)),
)
def test_an_interval_that_cannot_be_kept_stops_nothing(
    monkeypatch: pytest.MonkeyPatch, said: str, seconds: float
) -> None:
    failed: list[object] = []
    monkeypatch.setattr(module, "_collectors", no_load)
    monkeypatch.setattr(threading, "excepthook", failed.append)
    monkeypatch.setenv(INTERVAL_VARIABLE, said)
    assert module._interval_s() == seconds
    Monitor(Receiver(), now_ms()).finish()
    assert failed == []
