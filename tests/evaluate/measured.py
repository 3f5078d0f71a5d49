"""An evaluation of chance, without a model: for pages and pictures."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from dlpipe.evaluate.baselines import Baseline
from dlpipe.evaluate.evaluation import Evaluated
from dlpipe.metrics import Predictions


def entry(value: float | None, low: float | None = None, high: float | None = None, **more: Any) -> dict[str, Any]:
    return {"value": value, "low": low, "high": high, **more}


def evaluated(classes: list[str], n: int = 100, **changes: Any) -> Evaluated:
    """Predictions that are right more often than not; `changes` replace keys of the evaluation."""
    random = np.random.default_rng(0)
    y_true = np.arange(n) % len(classes)
    rows = random.dirichlet(np.ones(len(classes)), n) + 0.7 * np.eye(len(classes))[y_true]
    rows /= rows.sum(axis=1, keepdims=True)
    positive = 1 if len(classes) == 2 else None
    said = Predictions(rows, rows.argmax(axis=1), positive)
    counts = np.zeros((len(classes), len(classes)), dtype=int)
    np.add.at(counts, (y_true, said.predicted), 1)
    found: dict[str, Any] = {
        "schema_version": 1,
        "num_samples": n,
        "seen_in_training": 0,
        "model_digest": "a" * 64,
        "classes": classes,
        "positive": positive,
        "small_group": 30,
        "intervals": {"confidence": 0.95, "num_resamples": 100, "drawn_by": "sample"},
        "metrics": {"auroc": entry(0.9, 0.85, 0.95), "recall": entry(0.8, 0.7, 0.9)},
        "higher_is_better": {"auroc": True, "recall": True},
        "metric_settings": {"auroc": {"name": "auroc"}, "recall": {"name": "recall"}},
        "baselines": {"logistic_regression": {"auroc": entry(0.8), "recall": entry(0.6)}},
        "paired": {
            "logistic_regression": {
                "auroc": {"difference": 0.1, "low": 0.05, "high": 0.15},
                "recall": {"difference": 0.2, "low": -0.1, "high": 0.3},
            }
        },
        "baseline_settings": {"logistic_regression": {"C": 0.01}},
        "groups": {},
        "fairness": {},
        "confusion": {"classes": classes, "counts": counts.tolist()},
        **changes,
    }
    samples = pl.DataFrame({"id": [f"{number:06}" for number in range(n)]})
    baselines = {"logistic_regression": Baseline(said, {"C": 0.01})}
    return Evaluated(found, samples, y_true, said, baselines, classes)


def _exact(value: float | None, reason: str = "a count has no interval") -> dict[str, Any]:
    return {"value": value, "low": None, "high": None, "reason": reason}


EFFICIENCY: dict[str, Any] = {
    "efficiency": {
        "size_bytes": _exact(13_442_236),
        "num_parameters": _exact(3_352_574),
        "macs": _exact(None, "<b>Loop is not counted"),
    }
}
"""Of `efficiency.json`, what the page shows."""
