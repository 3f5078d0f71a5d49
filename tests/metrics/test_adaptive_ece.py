from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlpipe.metrics import Predictions
from dlpipe.metrics.adaptive_ece import AdaptiveEce
from tests.metrics.drawn import predictions


@given(seed=st.integers(0, 1000), num_bins=st.sampled_from((1, 3, 10)), num_classes=st.sampled_from((2, 3)))
def test_without_ties_it_is_the_mean_over_equal_parts_of_the_sorted_samples(
    seed: int, num_bins: int, num_classes: int
) -> None:
    y_true, said = predictions(seed, 30, num_classes, digits=15)
    confidence, right = said.probabilities.max(axis=1), said.probabilities.argmax(axis=1) == y_true
    parts = np.array_split(np.argsort(confidence), num_bins)
    wanted = np.mean([abs(right[part].mean() - confidence[part].mean()) for part in parts])
    assert AdaptiveEce(num_bins=num_bins).value(y_true, said) == pytest.approx(wanted)


def test_bins_are_those_of_scikit_learns_quantile_curve() -> None:
    from sklearn.calibration import calibration_curve

    random = np.random.default_rng(0)
    score = np.sort(0.5 + random.random(1000) / 2)  # of the class that is always the most probable one
    y_true = (random.random(1000) < score**2).astype(np.int64)
    frequency, mean = calibration_curve(y_true, score, n_bins=10, strategy="quantile")
    said = Predictions(np.stack([1 - score, score], axis=1), y_true, 1)
    found = AdaptiveEce(num_bins=10).value(y_true, said)
    assert found == pytest.approx(np.abs(frequency - mean).mean(), abs=2e-3)
