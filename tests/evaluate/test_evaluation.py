from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.evaluate.evaluation import _confusion, intervals, resamples
from dlpipe.evaluate.stage import Config


def config(**settings: Any) -> Config:
    return Config.model_validate({"num_resamples": 100, **settings})


def table(**columns: Any) -> pl.DataFrame:
    ids = [str(number) for number in range(8)]
    return pl.DataFrame({"id": ids, "path": ids, "digest": ids, "label": list("aabbbbbb"), **columns})


def test_confusion_has_labels_in_rows_and_answers_in_columns() -> None:
    assert _confusion(np.array([0, 0, 1, 2]), np.array([0, 2, 1, 2]), 3) == [[1, 0, 1], [0, 1, 0], [0, 0, 1]]


def test_samples_are_drawn_within_labels_unless_clusters_are_named() -> None:
    labels = np.array(list("aabbbbbb"))
    for index in resamples(config(), 0, table()):
        assert sorted(labels[index]) == sorted(labels)
    blocks = np.array([0, 0, 0, 1, 1, 2, 2, 2])
    for index in resamples(config(cluster_by="block"), 0, table(block=blocks)):
        assert {int(np.sum(index == member)) for member in np.flatnonzero(blocks == 1)} <= {0, 1, 2, 3}
        assert np.sum(index == 3) == np.sum(index == 4)


def test_one_cluster_ends_with_3() -> None:
    with pytest.raises(DlpipeError, match="all test samples are of one 'block'") as caught:
        resamples(config(cluster_by="block"), 0, table(block=["x"] * 8))
    assert caught.value.exit_code == Exit.NO


def test_an_evaluation_says_how_its_intervals_were_made() -> None:
    assert intervals(config(confidence=0.9), table()) == {
        "confidence": 0.9,
        "num_resamples": 100,
        "drawn_by": "sample, within each label",
    }
    told = intervals(config(cluster_by="block"), table(block=list("xxyyzzzz")))
    assert told["drawn_by"] == "block"
    assert told["num_clusters"] == 3


def test_an_evaluation_holds_all_that_the_gate_and_people_read(evaluation: dict[str, Any]) -> None:
    assert set(evaluation) == {
        *("schema_version", "num_samples", "seen_in_training", "model_digest", "classes", "positive", "small_group"),
        *("intervals", "metrics", "metric_settings", "higher_is_better", "baselines", "paired", "baseline_settings"),
        *("per_class", "groups", "fairness", "fairness_ratio", "confusion"),
        *("out_of_distribution", "near_duplicates", "robustness"),
        *("representation", "bias_amplification", "selective", "conformal", "reliability", "slices", "weak_segments"),
    }
    assert evaluation["classes"] == ["circles", "stripes"]
    assert evaluation["positive"] == 1
    assert len(evaluation["model_digest"]) == 64
