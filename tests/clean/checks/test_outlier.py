from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.neighbors import LocalOutlierFactor

from dlpipe.clean.checks import outlier
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


def test_copies_do_not_make_a_place_crowded() -> None:
    vectors = np.random.default_rng(0).normal(size=(60, 5)).astype(np.float32)
    alone = Outlier().judge(replace(labelled({"good": 60}), vectors=vectors)).scores
    copied = np.concatenate([vectors, np.repeat(vectors[:1], 40, axis=0)])
    found = Outlier().judge(replace(labelled({"good": 100}), vectors=copied)).scores
    np.testing.assert_allclose(found[:60], alone)
    np.testing.assert_allclose(found[60:], alone[0])
    same = np.ones((60, 5), np.float32)
    assert not Outlier().judge(replace(labelled({"good": 60}), vectors=same)).scores.any()


@pytest.mark.parametrize("looked_into", (16, 1))
def test_among_many_the_nearest_cells_find_the_same(looked_into: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """With one cell alone some rows are looked for among all."""
    random = np.random.default_rng(0)
    vectors = (random.normal(size=(600, 5)) + 20 * np.repeat(np.eye(5), 120, axis=0)).astype(np.float32)
    vectors[:15] = vectors[0]
    vectors[[100, 300]] += 9
    exact = outlier._factors(vectors, 20)
    monkeypatch.setattr(outlier, "_MANY", 0)
    monkeypatch.setattr(outlier, "_CELLS_LOOKED_INTO", looked_into)
    near = outlier._factors(vectors, 20)
    assert set(np.argsort(near)[-2:].tolist()) == {100, 300}
    if looked_into > 1:
        np.testing.assert_allclose(near, exact, rtol=0.02)
