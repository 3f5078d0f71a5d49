from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlpipe.core import files
from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.evaluate import efficiency
from dlpipe.evaluate.efficiency import Efficiency, machine, measure, quantile
from dlpipe.predictor import Predictor
from tests.exported import exported_folder, small_onnx

ANSWER: dict[str, Any] = {
    "seconds": {"1": [0.01] * 100, "8": [0.04] * 100, "64": [0.64] * 5},
    "peak_bytes": {"without_model": 100 << 20, "batch_1": 110 << 20, "all": 150 << 20},
    "joules_per_sample": None,
}


@pytest.fixture
def predictor(tmp_path: Path) -> Predictor:
    return Predictor(exported_folder(tmp_path / "export"))


def measured(predictor: Predictor, monkeypatch: pytest.MonkeyPatch, watts: float | None = None, **changes: Any) -> Any:
    monkeypatch.setattr(efficiency, "_asked", lambda *_: {**ANSWER, **changes})
    return measure(Efficiency(watts=watts), predictor)


def test_the_best_batch_size_is_that_of_the_most_samples_a_second(
    predictor: Predictor, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = measured(predictor, monkeypatch)
    assert found["best_batch_size"] == 8
    costs = found["efficiency"]
    assert costs["throughput"]["value"] == 200
    assert costs["latency_ms"]["batch_1"]["p95"]["value"] == 10
    assert costs["latency_ms"]["best_batch"]["batch_size"] == 8
    assert costs["peak_memory_mib"]["process"]["value"] == 150
    assert costs["peak_memory_mib"]["model_largest_batch"]["value"] == 50
    assert costs["size_bytes"]["value"] == len(small_onnx())
    assert costs["flops"]["value"] == 2 * costs["macs"]["value"] > 0
    assert found["model_digest"] == predictor.digest


def test_energy_says_what_it_rests_on(predictor: Predictor, monkeypatch: pytest.MonkeyPatch) -> None:
    unknown = measured(predictor, monkeypatch)["efficiency"]["energy_joules"]
    assert unknown["value"] is None
    assert "watts" in unknown["reason"]
    told = measured(predictor, monkeypatch, watts=20)["efficiency"]["energy_joules"]
    assert told["value"] == pytest.approx(20 * 0.04 / 8)
    assert "20 W" in told["assumption"]
    counted = measured(predictor, monkeypatch, watts=20, joules_per_sample=0.3)["efficiency"]["energy_joules"]
    assert counted["value"] == 0.3
    assert "counter" in counted["assumption"]


def test_a_real_model_is_timed_on_this_machine(predictor: Predictor, tmp_path: Path) -> None:
    found = measure(Efficiency(seconds=0.05, batch_sizes=(2,)), predictor)
    files.write_json(tmp_path / "efficiency.json", found)
    single = found["efficiency"]["latency_ms"]["batch_1"]
    assert 0 < single["p50"]["value"] <= single["p95"]["value"] <= single["p99"]["value"]
    assert found["machine"]["threads"] >= 1
    assert set(found["machine"]) == set(machine())


def test_timing_that_does_not_end_is_told_in_a_sentence(predictor: Predictor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(efficiency, "_PATIENCE", 0.01 - Efficiency().seconds)
    with pytest.raises(DlpipeError, match=r"did not end within 0\.01 s") as caught:
        measure(Efficiency(), predictor)
    assert caught.value.exit_code == Exit.ENVIRONMENT


def test_a_model_that_cannot_be_timed_is_the_machines_problem(predictor: Predictor) -> None:
    (predictor.folder / "model.onnx").write_bytes(b"no model")
    with pytest.raises(DlpipeError, match=r"could not be timed: .*no ONNX model") as caught:
        measure(Efficiency(seconds=0.05, batch_sizes=()), predictor)
    assert caught.value.exit_code == Exit.ENVIRONMENT


def test_the_interval_of_a_quantile_holds_it_as_often_as_it_says() -> None:
    random = np.random.default_rng(0)
    for share in (0.5, 0.95):
        truth = -np.log(1 - share)
        found = [quantile(random.exponential(size=300), share) for _ in range(1000)]
        held = np.mean([entry["low"] <= truth <= entry["high"] for entry in found])
        assert 0.94 <= held <= 0.98, share


def test_too_few_runs_have_no_end_and_say_so() -> None:
    found = quantile(np.arange(1, 21), 0.99)
    assert found["high"] is None
    assert found["reason"] == "20 runs are too few for both ends"
    assert found["low"] is not None
