from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlpipe.evaluate.weak import Question, _interval, holm, segments, weak_segments


def case(seed: int, weak: float, size: int = 1200, cluster: int = 1):
    """Slices of chance, right answers of 85 %, less by `weak` on dark poly cells; clusters that fail together."""
    random = np.random.default_rng(seed)
    slices = {
        "light": random.choice(["dark", "bright"], size),
        "kind": random.choice(["poly", "mono"], size),
        "site": random.choice(list("abcdefgh"), size),
    }
    units = np.arange(size) // cluster
    rate = 0.85 + 0.1 * random.normal(size=units.max() + 1)[units] * (cluster > 1)
    rate -= weak * ((slices["light"] == "dark") & (slices["kind"] == "poly"))
    return slices, Question((random.random(size) < rate).astype(float), np.ones(size, dtype=bool), "recall"), units


def test_a_weak_segment_is_found_and_told_in_words() -> None:
    slices, question, units = case(0, 0.4)
    found = weak_segments(slices, question, units, 0, 30)
    assert found["verdict"] == "weak segments found"
    worst = next(one for one in found["found"] if one["segment"] == "light: dark and kind: poly")
    assert worst["low"] < 0.45 < worst["high"]
    assert worst["sentence"].startswith("weak on light: dark and kind: poly: recall .")
    assert f"n = {worst['n']}" in worst["sentence"]
    assert worst["elsewhere"] > 0.75


@pytest.mark.parametrize("cluster", (1, 15))
def test_where_nothing_is_weak_hardly_ever_anything_is_found(cluster: int) -> None:
    alarms = sum(bool(weak_segments(*case(seed, 0.0, cluster=cluster), seed, 30)["found"]) for seed in range(100))
    assert alarms <= 10  # at most 5 % of the time, and chance


def test_too_few_clusters_or_samples_are_not_enough_data() -> None:
    slices, question, units = case(0, 0.4)
    found = weak_segments(slices, question, units // 100, 0, 30)
    assert found["verdict"] == "not enough data"
    assert found["why"] == "12 independent units, 20 are needed"
    assert weak_segments(slices, question, units, 0, 500)["verdict"] == "not enough data"


def test_all_right_or_all_wrong_is_no_reason_to_stop() -> None:
    slices, question, units = case(0, 0.0)
    for right in (np.zeros(1200), np.ones(1200)):
        found = weak_segments(slices, Question(right, question.asked, "accuracy"), units, 0, 30)
        assert found["verdict"] == "no weak segment found"


@given(st.lists(st.floats(0, 1), max_size=12))
def test_holm_equals_its_definition(p_values: list[float]) -> None:
    ordered = sorted(p_values)
    last = 0
    while last < len(ordered) and ordered[last] <= 0.05 / (len(ordered) - last):
        last += 1
    assert sum(holm(p_values, 0.05)) == last
    assert all(p <= 0.05 for p, kept in zip(p_values, holm(p_values, 0.05), strict=True) if kept)


def test_segments_are_all_values_and_pairs() -> None:
    words = [one.words for one in segments({"a": np.array(["x", "y"]), "b": np.array(["z", "z"])})]
    assert words == ["a: x", "a: y", "b: z", "a: x and b: z", "a: y and b: z"]


def test_an_interval_of_independent_samples_is_wilsons_by_t() -> None:
    from scipy.stats import binomtest

    right = (np.arange(400) < 100).astype(float)
    wanted = binomtest(100, 400).proportion_ci(method="wilson")
    assert _interval(right, np.arange(400)) == pytest.approx((wanted.low, wanted.high), abs=2e-3)
    low, high = _interval(right, np.arange(400) // 20)
    assert low < wanted.low
    assert high > wanted.high
