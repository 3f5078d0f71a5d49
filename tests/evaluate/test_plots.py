from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.calibration import calibration_curve
from sklearn.metrics import auc, roc_auc_score

from dlpipe.evaluate.plots import calibration_table, roc, wilson
from tests.metrics.drawn import predictions


@given(seed=st.integers(0, 1000), digits=st.sampled_from((1, 6)))
def test_the_area_under_the_curve_is_the_auroc(seed: int, digits: int) -> None:
    y_true, said = predictions(seed, 40, 2, digits)
    fpr, tpr = roc(y_true == 1, said.probabilities[:, 1])
    assert (fpr[0], tpr[0], fpr[-1], tpr[-1]) == (0, 0, 1, 1)
    assert auc(fpr, tpr) == pytest.approx(roc_auc_score(y_true, said.probabilities[:, 1]))


def test_one_class_alone_has_no_curve() -> None:
    fpr, tpr = roc(np.ones(3, dtype=bool), np.array([0.1, 0.2, 0.3]))
    assert fpr.size == tpr.size == 0


def test_calibration_equals_scikit_learns_curve() -> None:
    y_true, said = predictions(0, 300, 2)
    found = calibration_table(y_true, said)
    frequency, probability = calibration_curve(y_true, said.probabilities[:, 1], n_bins=10)
    assert found["frequency"].to_numpy() == pytest.approx(frequency)
    assert found["probability"].to_numpy() == pytest.approx(probability)
    assert found["n"].sum() == 300


def test_calibration_of_more_classes_is_of_the_confidence() -> None:
    y_true, said = predictions(0, 200, 4)
    found = calibration_table(y_true, said)
    assert found["probability"].min() >= 0.25
    overall = np.mean(said.probabilities.argmax(axis=1) == y_true)
    assert (found["frequency"] * found["n"]).sum() / 200 == pytest.approx(overall)


def test_wilson_equals_scipy() -> None:
    from scipy.stats import binomtest

    low, high = wilson(np.array([0, 0.3, 1]), np.array([10, 10, 3]))
    for number, (hits, n) in enumerate(((0, 10), (3, 10), (3, 3))):
        wanted = binomtest(hits, n).proportion_ci(method="wilson")
        assert (low[number], high[number]) == pytest.approx((wanted.low, wanted.high), abs=1e-6)


def test_tables_are_what_dvc_draws(evaluated: Path) -> None:
    folder = evaluated / "plots"
    confusion = pl.read_csv(folder / "confusion.csv")
    assert confusion.columns == ["actual", "predicted"]
    assert confusion.height == 36
    assert pl.read_csv(folder / "roc.csv").columns == ["class", "fpr", "tpr"]
    assert pl.read_csv(folder / "calibration.csv").columns == ["probability", "frequency", "low", "high", "n"]
