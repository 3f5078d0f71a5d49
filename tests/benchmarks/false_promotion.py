"""How often the gate promotes a model for better, or for no worse than a margin, though it is not: at most `alpha`.

Two models of chance that are exactly as good as one another (or worse by exactly the margin), whose errors are alike as
those of two trainings are, on fresh test samples each time; the rule is the gate's own.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.stats import binomtest, norm

from dlpipe.comparison.paired import How, compare
from dlpipe.gate.margins import Margin, judged
from dlpipe.metrics import Metric
from dlpipe.metrics.accuracy import Accuracy
from dlpipe.metrics.auroc import Auroc
from tests.comparison.drawn import drawn

MINUTES = 20
ALPHA = 0.05
_RESAMPLES = 300
_OLD = 1.5
_SIMULATIONS = 1000
_LONGEST = "auroc, 40 clusters of 10"
"""Simulated six times as often: 1,000 said 6.0 % here, which may be chance, as six cases are looked at."""
_CASES = {
    "accuracy, 200 samples": ({"accuracy": Accuracy()}, 200, 0, 0.0),
    "auroc, 100 samples": ({"auroc": Auroc()}, 100, 0, 0.0),
    "auroc, 400 samples": ({"auroc": Auroc()}, 400, 0, 0.0),
    "auroc, 400 samples, margin 0.03": ({"auroc": Auroc()}, 400, 0, 0.03),
    "auroc, 12 clusters of 20": ({"auroc": Auroc()}, 240, 20, 0.0),
    _LONGEST: ({"auroc": Auroc()}, 400, 10, 0.0),
}


def measure() -> dict[str, Any]:
    """Share of simulations in which the worse (or equal) model gets past, with its 95 % interval (Clopper-Pearson)."""
    often = {name: 6 * _SIMULATIONS if name == _LONGEST else _SIMULATIONS for name in _CASES}
    found = {name: {"simulations": often[name], **rate(*case, often[name])} for name, case in _CASES.items()}
    return {"alpha": ALPHA, "rates": found}


def rate(metrics: dict[str, Metric], n: int, per_cluster: int, margin: float, simulations: int) -> dict[str, float]:
    """One case."""
    random = np.random.default_rng(0)
    (name,) = metrics
    passed = 0
    for number in range(simulations):
        pair = drawn(random, n, old=_OLD, new=_worse(margin), per_cluster=per_cluster)
        found = compare(pair, How(metrics, ALPHA, _RESAMPLES, number), [])
        (line,) = judged(name, Margin(margin=margin), found)
        passed += line["verdict"] == "pass"
    ends = binomtest(passed, simulations).proportion_ci(0.95)
    return {
        "rate": round(passed / simulations, 4),
        "low": round(float(ends.low), 4),
        "high": round(float(ends.high), 4),
    }


def _worse(margin: float) -> float:
    """The separation whose true AUROC is lower than that of `_OLD` by `margin`: AUROC = Φ(separation / √2)."""
    return float(norm.ppf(norm.cdf(_OLD / np.sqrt(2)) - margin) * np.sqrt(2))
