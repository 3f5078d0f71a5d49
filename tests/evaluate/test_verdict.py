from __future__ import annotations

from typing import Any

import pytest

from dlpipe.evaluate import verdict
from tests.evaluate.measured import entry, evaluated

FOUND = evaluated(["good", "bad"]).evaluation


def paired(low: float | None, high: float | None, *, higher: bool = True) -> dict[str, Any]:
    middle = {"difference": 0.1, "low": low, "high": high}
    return {
        **FOUND,
        "higher_is_better": {"auroc": higher, "recall": True},
        "paired": {"logistic_regression": {"auroc": middle}},
    }


@pytest.mark.parametrize(
    ("found", "kind"),
    (
        (paired(0.05, 0.15), "ok"),
        (paired(-0.05, 0.15), "warn"),
        (paired(0, 0.15), "warn"),
        (paired(-0.15, -0.05), "fail"),
        (paired(0.05, 0.15, higher=False), "fail"),
        (paired(None, None), "warn"),
        ({**FOUND, "baselines": {}}, "plain"),
    ),
)
def test_only_a_difference_that_is_sure_is_called_better(found: dict[str, Any], kind: str) -> None:
    assert verdict.against_baseline(found).kind == kind


def test_the_strongest_baseline_is_the_one_compared_with() -> None:
    others = {"majority": {"auroc": entry(0.5)}, "knn": {"auroc": entry(0.88)}}
    pairs = {"majority": {"auroc": {}}, "knn": {"auroc": {"difference": 0.02, "low": 0.01, "high": 0.03}}}
    said = verdict.against_baseline({**FOUND, "baselines": others, "paired": pairs})
    assert "nearest neighbours 0.880" in said.sentence


def test_counts_come_from_the_confusion_matrix() -> None:
    found = {**FOUND, "num_samples": 100, "confusion": {"counts": [[40, 10], [5, 45]]}}
    said = verdict.how_good(found)
    assert "right on 85% of 100 test samples" in said
    assert "finds 90% of those that are “bad”" in said
    assert "false alarm on 20% of the others" in said
    assert "over 2 classes" in verdict.how_good({**found, "positive": None})
    assert "finds none" in verdict.how_good({**found, "confusion": {"counts": [[40, 10], [0, 0]]}})


def groups(**values: tuple[float | None, float | None, int]) -> dict[str, Any]:
    made = {
        name: {"n": n, "small": n < 30, "auroc": entry(value), "recall": entry(value, 0.0, high)}
        for name, (value, high, n) in values.items()
    }
    return {**FOUND, "groups": {"site": made}}


@pytest.mark.parametrize(
    ("found", "word"),
    (
        (groups(a=(0.9, 1.0, 50), b=(0.4, 0.6, 50)), "fails here"),
        (groups(a=(0.9, 1.0, 50), b=(0.7, 0.85, 50)), "weakest group"),
        (groups(a=(0.9, 1.0, 50), b=(0.0, 0.1, 5)), "weakest group"),  # too small to be the one that is named
        (groups(a=(0.9, 1.0, 5), b=(0.0, 0.1, 5)), "not enough data"),
        (groups(a=(None, None, 50), b=(None, None, 50)), "not enough data"),
        (groups(a=(0.9, 1.0, 50)), "not enough data"),
    ),
)
def test_a_group_is_said_to_fail_only_where_that_is_sure(found: dict[str, Any], word: str) -> None:
    (said,) = verdict.weakest(found)
    assert said.word == word


def test_what_makes_numbers_doubtful_is_said() -> None:
    found = {**groups(a=(0.9, 1.0, 5)), "seen_in_training": 3, "intervals": {"num_clusters": 12}}
    lines = list(verdict.cautions(found))
    assert [line.split()[0] for line in lines] == ["3", "Intervals", "site:"]
    assert not list(verdict.cautions(FOUND))


def test_a_metric_without_a_value_does_not_stand_for_the_model() -> None:
    assert verdict.main_metric({"metrics": {"auroc": entry(None), "accuracy": entry(0.5)}}) == "accuracy"
    assert verdict.main_metric({"metrics": {"ece": entry(0.1)}}) == "ece"
