"""Intervals of 20 metrics over 10 groups of 100,000 samples: 2,000 resamples, beside Fairlearn's `n_boot`.

Fairlearn takes minutes for a few resamples of that size; it is timed on a few, without its first estimate, and both are
compared by seconds a resample.
"""

from __future__ import annotations

import time
from functools import partial
from typing import Any

import numpy as np

from dlpipe.core.plugin import make, names
from dlpipe.evaluate.groups import by_group
from dlpipe.evaluate.measuring import Ruler
from dlpipe.metrics import Metric, Predictions
from dlpipe.statistics import by_label

MINUTES = 4

_SAMPLES, _GROUPS, _RESAMPLES, _THEIRS = 100_000, 10, 2000, 3


def _metrics() -> dict[str, Metric]:
    """All there are, and calibration errors of other bins up to 20."""
    found = {name: metric for name in names(Metric) if (metric := make(Metric, name, {})).of_one}
    bins = (5, 10, 20, 25, 30, 40, 50)
    more = {f"ece_{number}": make(Metric, "ece", {"num_bins": number}) for number in bins}
    return dict(list({**found, **more}.items())[:20])


def _case() -> tuple[np.ndarray[Any, Any], Predictions, np.ndarray[Any, Any]]:
    random = np.random.default_rng(0)
    y_true = (random.random(_SAMPLES) < 0.3).astype(np.int64)
    score = 1 / (1 + np.exp(-(random.normal(size=_SAMPLES) + 1.5 * y_true - 1)))
    said = Predictions(np.stack([1 - score, score], axis=1), (score > 0.5).astype(np.int64), 1)
    return y_true, said, random.integers(0, _GROUPS, _SAMPLES).astype(str)


def _ours(metrics: dict[str, Metric], num_resamples: int) -> float:
    y_true, said, group = _case()
    ruler = Ruler(metrics, y_true, by_label(y_true, num_resamples, 0), 0.95)
    started = time.perf_counter()
    ruler.measure(said)
    by_group(ruler, said, {"group": group})
    return time.perf_counter() - started


def _theirs(num_boot: int) -> float:
    """Fairlearn with scikit-learn's metrics: 17 counts of answers and 3 of scores, each of one column as it wants them."""
    from fairlearn.metrics import MetricFrame
    from sklearn import metrics as sk

    y_true, said, group = _case()
    answers = [
        *(sk.accuracy_score, sk.balanced_accuracy_score, sk.precision_score, sk.recall_score, sk.f1_score),
        *(sk.matthews_corrcoef, sk.cohen_kappa_score, sk.jaccard_score, sk.zero_one_loss, sk.hamming_loss),
        *(partial(sk.fbeta_score, beta=beta) for beta in (0.5, 2, 3)),
        *(partial(score, average="macro") for score in (sk.precision_score, sk.recall_score, sk.f1_score)),
        partial(sk.recall_score, pos_label=0),
    ]
    scores = [sk.roc_auc_score, sk.average_precision_score, sk.brier_score_loss]
    seconds = 0.0
    for functions, given in ((answers, said.predicted), (scores, said.probabilities[:, 1])):
        named = {f"metric_{number}": function for number, function in enumerate(functions)}
        frame = partial(MetricFrame, metrics=named, y_true=y_true, y_pred=given, sensitive_features=group)
        boot = {"n_boot": num_boot, "ci_quantiles": [0.025, 0.975], "random_state": 0} if num_boot else {}
        started = time.perf_counter()
        frame(**boot)
        seconds += time.perf_counter() - started
    return seconds


def measure() -> dict[str, Any]:
    """Seconds of ours, seconds a resample of both, and the ratio."""
    metrics = _metrics()
    _ours(metrics, 2)
    before = _theirs(0)
    theirs = (_theirs(_THEIRS) - before) / _THEIRS
    ours = _ours(metrics, _RESAMPLES)
    return {
        "samples": _SAMPLES,
        "groups": _GROUPS,
        "metrics": len(metrics),
        "resamples": _RESAMPLES,
        "dlpipe, seconds": round(ours, 1),
        "dlpipe, seconds a resample": round(ours / _RESAMPLES, 4),
        f"Fairlearn n_boot={_THEIRS}, seconds a resample": round(theirs, 3),
        "ratio": round(theirs / (ours / _RESAMPLES), 1),
    }
