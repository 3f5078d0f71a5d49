"""How good `solar` is, and how much of that is luck of the split: five split seeds, each trained and tested anew.

Test AUROC of the exported model, of logistic regression on frozen features, and their paired difference on the same
test samples; the equalized-odds gap between mono- and polycrystalline cells with its interval.
"""

from __future__ import annotations

import json
import statistics
import tempfile
from pathlib import Path
from typing import Any

from tests.benchmarks.bench import DLPIPE, seconds, solar_project

MINUTES = 25
SEEDS = range(5)


def measure() -> dict[str, Any]:
    """Figures a seed, and mean and spread over seeds."""
    with tempfile.TemporaryDirectory() as folder:
        project = solar_project(Path(folder))
        runs = [_run(project, seed) for seed in SEEDS]
    auroc = [run["auroc"] for run in runs]
    paired = [run["minus_logistic_regression"] for run in runs]
    return {"seeds": runs, "auroc": _spread(auroc), "paired_difference": _spread(paired)}


def _spread(values: list[float]) -> dict[str, float]:
    return {
        "mean": round(statistics.mean(values), 4),
        "sd": round(statistics.stdev(values), 4),
        "min": min(values),
        "max": max(values),
    }


def _run(project: Path, seed: int) -> dict[str, Any]:
    pipeline = project / "pipelines" / "solar.yaml"
    text = pipeline.read_text(encoding="utf-8")
    lines = [f"  seed: {seed}" if line.strip().startswith("seed:") else line for line in text.splitlines()]
    lines = [line.replace("at_least: ", "at_least: -") if "at_least: 0" in line else line for line in lines]
    pipeline.write_text("\n".join(lines) + "\n", encoding="utf-8")
    took = seconds([*DLPIPE, "run", "--quiet"], project)
    found = json.loads((project / "data/solar/evaluate/evaluation.json").read_bytes())
    gap = found["fairness"]["cell_type"]["equalized_odds"]
    return {
        "seed": seed,
        "seconds": round(took),
        "num_test": found["num_samples"],
        "auroc": found["metrics"]["auroc"]["value"],
        "logistic_regression": found["baselines"]["logistic_regression"]["auroc"]["value"],
        "minus_logistic_regression": found["paired"]["logistic_regression"]["auroc"]["difference"],
        "balanced_accuracy": found["metrics"]["balanced_accuracy"]["value"],
        "equalized_odds": gap,
    }
