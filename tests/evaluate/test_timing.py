from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from dlpipe.evaluate import timing
from dlpipe.evaluate.timing import LEAST_RUNS, timed
from tests.exported import exported_folder


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return exported_folder(tmp_path / "export") / "model.onnx"


def test_every_batch_size_is_timed_a_few_times_at_least(model: Path) -> None:
    found = timed(model, 0.001, [3, 1])
    assert set(found["seconds"]) == {"1", "3"}
    for runs in found["seconds"].values():
        assert len(runs) >= LEAST_RUNS
        assert all(run > 0 for run in runs)
    memory = found["peak_bytes"]
    assert 0 < memory["without_model"] <= memory["batch_1"] <= memory["all"]


def test_energy_is_what_the_processors_counter_says(
    model: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(timing, "_COUNTER", tmp_path / "missing")
    assert timed(model, 0.001, [])["joules_per_sample"] is None

    class Counter:
        microjoules = 0

        def read_text(self, _encoding: str) -> str:
            self.microjoules += 5_000_000
            return str(self.microjoules)

    monkeypatch.setattr(timing, "_COUNTER", Counter())
    monkeypatch.setattr(timing, "_COUNTED_SECONDS", 0)
    assert timed(model, 0.001, [])["joules_per_sample"] == pytest.approx(5)


def test_answers_in_a_process_of_its_own(model: Path) -> None:
    asked = json.dumps({"model": str(model), "seconds": 0.001, "batch_sizes": [2]})
    done = subprocess.run(
        [sys.executable, "-m", "dlpipe.evaluate.timing"], input=asked, capture_output=True, text=True, check=True
    )
    found = json.loads(done.stdout)
    assert set(found["seconds"]) == {"1", "2"}
    assert found["peak_bytes"]["without_model"] < found["peak_bytes"]["batch_1"]


def test_memory_is_not_that_of_the_process_that_started_it(model: Path) -> None:
    ballast = b"x" * (512 << 20)
    asked = json.dumps({"model": str(model), "seconds": 0.001, "batch_sizes": []})
    done = subprocess.run(
        [sys.executable, "-m", "dlpipe.evaluate.timing"], input=asked, capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout)["peak_bytes"]["all"] < len(ballast)
