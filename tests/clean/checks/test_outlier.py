from __future__ import annotations

from dataclasses import replace

import numpy as np
from sklearn.neighbors import LocalOutlierFactor

from dlpipe.clean.checks.outlier import Outlier
from tests.clean.checks.of_the_set import labelled


def test_a_vector_far_from_all_others_is_one_and_stays() -> None:
    vectors = np.random.default_rng(0).normal(size=(60, 5)).astype(np.float32)
    vectors[17] = 12
    finding = Outlier().judge(replace(labelled({"good": 60}), vectors=vectors))
    assert np.flatnonzero(finding.scores >= 0.5).tolist() == [17]
    assert finding.reasons[17].startswith("its 20 nearest are ")
    assert not Outlier().sets_aside
    expected = -LocalOutlierFactor(n_neighbors=20).fit(vectors.astype(float)).negative_outlier_factor_
    np.testing.assert_allclose(finding.scores, 1 - 1 / (1 + (np.clip(expected - 1, 0, None) / 0.5) ** 2))


def test_too_few_samples_have_no_outliers() -> None:
    finding = Outlier().judge(replace(labelled({"good": 20}), vectors=np.eye(20, dtype=np.float32)))
    assert not finding.scores.any()
