from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.evaluate.baselines import NAMES, Part, _threshold, fit_baselines, vectors_of


def parts(num_classes: int = 2, seed: int = 0, num_val: int = 60) -> dict[str, Part]:
    random = np.random.default_rng(seed)
    means = random.normal(size=(num_classes, 6))

    def part(size: int) -> Part:
        y_true = np.arange(size) % num_classes
        features = means[y_true] + random.normal(size=(size, 6))
        features[:, 5] = 7  # tells nothing and has no spread
        return Part(features.astype(np.float32), y_true)

    return {"train": part(200), "val": part(num_val), "test": part(90)}


def test_vectors_follow_the_samples_order() -> None:
    vectors = pl.DataFrame(
        {"id": ["b", "a", "c"], "vector": pl.Series([[1, 2], [3, 4], [5, 6]], dtype=pl.Array(pl.Float32, 2))}
    )
    found = vectors_of(pl.DataFrame({"id": ["c", "a"]}), vectors)
    assert found.tolist() == [[5, 6], [3, 4]]
    with pytest.raises(DlpipeError, match="1 of 2") as caught:
        vectors_of(pl.DataFrame({"id": ["c", "x"]}), vectors)
    assert caught.value.exit_code == Exit.INTEGRITY


@pytest.mark.parametrize("num_classes", (2, 3))
def test_all_give_probabilities_of_all_classes(num_classes: int) -> None:
    found = fit_baselines(parts(num_classes), num_classes, 1 if num_classes == 2 else None)
    assert tuple(found) == NAMES
    for baseline in found.values():
        assert baseline.predictions.probabilities.shape == (90, num_classes)
        assert baseline.predictions.probabilities.sum(axis=1) == pytest.approx(1)
        assert set(baseline.predictions.predicted) <= set(range(num_classes))


def test_majority_says_the_most_frequent_class_of_train_and_its_share() -> None:
    given = parts()
    given["train"] = Part(given["train"].features, (np.arange(200) >= 150).astype(np.int64))
    found = fit_baselines(given, 2, 1)["majority"].predictions
    assert set(found.predicted) == {0}
    assert found.probabilities[0].tolist() == [0.75, 0.25]


def test_logistic_regression_equals_scikit_learns_own_pipeline() -> None:
    given = parts(3)
    found = fit_baselines(given, 3, None)["logistic_regression"]
    wanted = make_pipeline(StandardScaler(), LogisticRegression(C=found.setting["C"], max_iter=5000))
    wanted.fit(given["train"].features.astype(np.float64), given["train"].y_true)
    probabilities = wanted.predict_proba(given["test"].features.astype(np.float64))
    assert found.predictions.probabilities == pytest.approx(probabilities, abs=1e-3)


def test_without_val_the_settings_are_stated_ones() -> None:
    found = fit_baselines(parts(num_val=0), 2, 1)
    assert {name: baseline.setting for name, baseline in found.items()} == {
        "majority": {},
        "knn": {"k": 15},
        "logistic_regression": {"C": 0.01},
    }


def test_a_class_that_train_lacks_gets_probability_0() -> None:
    given = parts(3)
    kept = given["train"].y_true < 2
    given["train"] = Part(given["train"].features[kept], given["train"].y_true[kept])
    for baseline in fit_baselines(given, 3, None).values():
        assert not baseline.predictions.probabilities[:, 2].any()


def test_a_train_split_of_one_class_ends_with_3() -> None:
    given = parts()
    given["train"] = Part(given["train"].features, np.zeros(200, dtype=np.int64))
    with pytest.raises(DlpipeError) as caught:
        fit_baselines(given, 2, 1)
    assert caught.value.exit_code == Exit.NO


def test_the_operating_point_is_the_best_that_val_offers() -> None:
    random = np.random.default_rng(0)
    is_positive = random.random(80) < 0.3
    score = np.clip(0.3 * is_positive + random.random(80) * 0.6, 0, 1)
    found = _threshold(is_positive, score)
    reached = balanced_accuracy_score(is_positive, score >= found)
    assert reached == max(balanced_accuracy_score(is_positive, score >= cut) for cut in [*score, 1.1])


def test_fewer_train_samples_than_neighbours_are_all_of_them() -> None:
    given = parts()
    given["train"] = Part(given["train"].features[:12], given["train"].y_true[:12])
    assert fit_baselines(given, 2, 1)["knn"].setting["k"] <= 12
