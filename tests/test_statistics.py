from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special as scipy_special
from scipy import stats as scipy_stats

from dlpipe.statistics import (
    Interval,
    by_cluster,
    by_label,
    expanded,
    interval,
    measured,
    on_logits,
    quieted,
    weighed,
    widened,
)


@given(labels=st.lists(st.sampled_from("abc"), min_size=1, max_size=40), seed=st.integers(0, 100))
def test_every_resample_has_as_many_of_each_label_as_there_are(labels: list[str], seed: int) -> None:
    drawn = by_label(np.array(labels), 20, seed)
    assert len(drawn) == 20
    for index in drawn:
        assert sorted(np.array(labels)[index]) == sorted(labels)


def test_resamples_are_drawn_alike_at_each_pass_and_by_seed() -> None:
    labels = np.tile([0, 1, 1], 20)
    drawn = by_label(labels, 50, 3)
    first, again, other = list(drawn), list(drawn), list(by_label(labels, 50, 4))
    assert all(np.array_equal(one, two) for one, two in zip(first, again, strict=True))
    assert not all(np.array_equal(one, two) for one, two in zip(first, other, strict=True))


def test_within_a_label_every_sample_is_as_likely() -> None:
    counts = np.bincount(np.concatenate(list(by_label(np.repeat([0, 1], 5), 20_000, 0))), minlength=10)
    assert counts == pytest.approx(20_000, rel=0.05)


def test_clusters_are_drawn_whole() -> None:
    clusters = np.array([7, 7, 2, 9, 9, 9, 2, 2])
    lengths = set()
    for index in by_cluster(clusters, 200, 0):
        for name in (2, 7, 9):
            members, times = np.unique(index[clusters[index] == name], return_counts=True)
            assert members.size in (0, np.sum(clusters == name))
            assert np.unique(times).size <= 1
        lengths.add(index.size)
    assert len(lengths) > 1


def test_one_cluster_never_varies() -> None:
    with pytest.raises(ValueError, match="nothing varies"):
        by_cluster(np.zeros(5), 10, 0)


def test_the_interval_holds_its_share_of_the_resamples() -> None:
    found = interval(np.arange(1001, dtype=float), 0.9)
    assert (found.low, found.high) == pytest.approx((50, 950))


def test_values_that_are_undefined_too_often_have_no_interval() -> None:
    values = np.arange(100, dtype=float)
    values[:5] = math.nan
    assert interval(values, 0.95).low is not None
    values[5] = math.nan
    found = interval(values, 0.95)
    assert found == Interval(None, None, "no interval: undefined on 6 of 100 resamples")
    assert interval(np.full(10, math.nan), 0.95).low is None


def test_equals_scipys_percentile_bootstrap() -> None:
    from scipy.stats import bootstrap

    data = np.random.default_rng(0).normal(size=80)
    values = measured(lambda index: [float(data[index].mean())], by_label(np.zeros(80), 5000, 0))[:, 0]
    found = interval(values, 0.95)
    wanted = bootstrap((data,), np.mean, method="percentile", n_resamples=5000, random_state=1).confidence_interval
    assert (found.low, found.high) == pytest.approx((wanted.low, wanted.high), abs=0.015)


def test_an_interval_of_95_percent_holds_the_truth_about_95_times_of_100() -> None:
    random, inside = np.random.default_rng(0), 0
    for trial in range(200):
        right = random.random(150) < 0.8
        values = measured(lambda index, right=right: [float(right[index].mean())], by_label(np.zeros(150), 300, trial))
        found = interval(values[:, 0], 0.95)
        inside += found.low <= 0.8 <= found.high
    assert 0.89 <= inside / 200 <= 0.985


def test_drawing_clusters_tells_the_truth_where_samples_are_alike_and_single_samples_do_not() -> None:
    random, inside = np.random.default_rng(1), {"cluster": 0, "sample": 0}
    clusters = np.repeat(np.arange(30), 10)
    for trial in range(150):
        right = np.repeat(random.random(30) < 0.7, 10)
        for how, drawn in (
            ("cluster", by_cluster(clusters, 200, trial)),
            ("sample", by_label(clusters * 0, 200, trial)),
        ):
            found = interval(measured(lambda index, right=right: [float(right[index].mean())], drawn)[:, 0], 0.95)
            inside[how] += found.low <= 0.7 <= found.high
    assert inside["cluster"] / 150 > 0.87
    assert inside["sample"] / 150 < 0.6


def test_a_paired_difference_is_surer_than_two_values_apart() -> None:
    random = np.random.default_rng(0)
    hard = random.random(300)
    one, two = hard < 0.80, hard < 0.76  # the second fails on the same samples and some more
    values = measured(lambda index: [float(one[index].mean()), float(two[index].mean())], by_label(one * 0, 1000, 0))
    apart = [interval(values[:, column], 0.95) for column in (0, 1)]
    paired = interval(values[:, 0] - values[:, 1], 0.95)
    assert apart[0].low < apart[1].high
    assert paired.low > 0


def test_counts_are_the_index_arrays_also_where_they_are_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    labels = np.tile([0, 1, 1], 20)
    monkeypatch.setattr("dlpipe.statistics._BLOCK", 60 * 7)
    for kept in (2**28, 0):
        monkeypatch.setattr("dlpipe.statistics._KEPT_BYTES", kept)
        for drawn in (by_label(labels, 50, 3), by_cluster(np.arange(60) // 7, 50, 3)):
            wanted = np.array([np.bincount(index, minlength=60) for index in drawn])
            blocks = list(drawn.counts())
            assert len(blocks) == 8
            assert all(block.dtype == np.uint8 for block in blocks)
            assert np.array_equal(np.concatenate(blocks), wanted)
            assert np.array_equal(weighed(lambda counts: counts[:, :2], drawn), wanted[:, :2])


def test_counts_above_255_are_not_cut_off() -> None:
    drawn = by_cluster(np.repeat([0, 1], 400), 1, 0)
    only = by_label(np.zeros(1), 3, 0)
    assert {int(block.max()) for block in only.counts()} == {1}
    assert drawn.num_units() == 2
    assert drawn.num_units(np.arange(800) < 400) == 1
    many = type(drawn)(lambda random: np.zeros(300, dtype=np.int64), 2, 0, np.arange(300))
    assert [block[:, 0].tolist() for block in many.counts()] == [[300, 300]]


def test_of_few_units_percentiles_lie_further_out_by_students_t() -> None:
    assert expanded(0.025, 12) == pytest.approx(0.01075, abs=1e-4)
    assert expanded(0.025, 100_000) == pytest.approx(0.025, abs=1e-5)
    assert expanded(0.025, 1) == 0
    values = np.random.default_rng(0).normal(size=20_000)
    few, many = interval(values, 0.95, 5), interval(values, 0.95)
    assert few.low < many.low < many.high < few.high
    assert few.high == pytest.approx(2.776 * np.sqrt(5 / 4), rel=0.05)


@pytest.mark.parametrize("truth", (0.0, 0.5, 3.0))
def test_what_noise_adds_to_a_number_that_never_falls_below_0_is_taken_off(truth: float) -> None:
    """The length of ten means, each drawn once with noise and resampled with the same noise again."""
    random = np.random.default_rng(0)
    held = raw = 0
    for _ in range(400):
        means = random.normal([truth, *np.zeros(9)], 1)
        again = np.linalg.norm(random.normal(means, 1, (400, 10)), axis=1)
        found, plain = quieted(again, float(np.linalg.norm(means)), 0.95), interval(again, 0.95)
        assert found.low is not None
        assert found.high is not None
        assert plain.low is not None
        assert plain.high is not None
        held += found.low <= truth <= found.high
        raw += plain.low <= truth <= plain.high
    assert held / 400 > 0.93
    assert raw / 400 < 0.75


def test_without_noise_nothing_is_taken_off_and_undefined_stays_so() -> None:
    assert quieted(np.full(50, 0.2), 0.2, 0.95) == Interval(pytest.approx(0.2), pytest.approx(0.2))
    assert quieted(np.full(50, np.nan), 0.2, 0.95).low is None


def test_on_logits_is_boyds_logit_interval_where_resamples_are_as_wide_as_a_share_varies() -> None:
    """η ± z / √(n θ (1 - θ)), the ends of a binomial share taken back from log-odds."""
    n, share = 400, 0.9
    drawn = np.random.default_rng(0).binomial(n, share, 100_000) / n
    found = on_logits(drawn, share, 0.95)
    step = 1.959964 / np.sqrt(n * share * (1 - share))
    wanted = scipy_special.expit(scipy_special.logit(share) + np.array([-step, step]))
    assert (found.low, found.high) == pytest.approx(tuple(wanted), abs=5e-4)
    few = on_logits(drawn, share, 0.95, 12)
    step = scipy_stats.t.ppf(0.975, 11) * drawn.std(ddof=1) * np.sqrt(12 / 11) / (share * (1 - share))
    wanted = scipy_special.expit(scipy_special.logit(share) + np.array([-step, step]))
    assert (few.low, few.high) == pytest.approx(tuple(wanted), abs=1e-9)


@pytest.mark.parametrize("value", (0.0, 1.0))
def test_a_share_that_has_no_log_odds_has_its_percentiles(value: float) -> None:
    drawn = np.abs(value - np.arange(101) / 1000)
    assert on_logits(drawn, value, 0.9) == interval(drawn, 0.9)
    assert on_logits(np.full(50, 0.5), 0.5, 0.9) == Interval(0.5, 0.5)


@given(value=st.floats(0.001, 0.999), spread=st.floats(1e-6, 0.5), units=st.none() | st.integers(1, 50))
def test_an_interval_on_logits_holds_its_value_and_stays_between_0_and_1(
    value: float, spread: float, units: int | None
) -> None:
    drawn = np.clip(value + np.random.default_rng(0).normal(0, spread, 200), 0, 1)
    found = on_logits(drawn, value, 0.95, units)
    assert found.low is not None
    assert found.high is not None
    assert 0 <= found.low <= value + 1e-12
    assert value - 1e-12 <= found.high <= 1


def test_undefined_resamples_leave_no_interval_on_logits_either() -> None:
    assert on_logits(np.full(50, np.nan), 0.5, 0.95).reason == "no interval: undefined on 50 of 50 resamples"


def test_an_interval_of_few_clusters_is_as_wide_as_the_jackknife_says() -> None:
    random = np.random.default_rng(0)
    clusters = random.normal(size=12)
    without = (clusters.sum() - clusters) / 11
    narrow = random.normal(clusters.mean(), 0.1, 1000)
    found = widened(interval(narrow, 0.9), clusters.mean(), narrow, without)
    assert found.low is not None
    assert found.high is not None
    stretched = scipy_stats.sem(clusters) / (narrow.std(ddof=1) * np.sqrt(12 / 11))
    low, high = np.quantile(narrow, [0.05, 0.95])
    assert found.low == pytest.approx(clusters.mean() - stretched * (clusters.mean() - low))
    assert found.high == pytest.approx(clusters.mean() + stretched * (high - clusters.mean()))


def test_what_is_wide_enough_and_what_is_no_interval_stays() -> None:
    drawn, without = np.array([0.0, 2.0]), np.array([1.0, 1.0])
    assert widened(Interval(0.0, 2.0), 1.0, drawn, without) == Interval(0.0, 2.0)
    nothing = Interval(None, None, "no interval")
    assert widened(nothing, 1.0, drawn, np.array([np.nan, 1.0])) == nothing
    assert widened(Interval(1.0, 1.0), 1.0, np.ones(3), np.array([0.5, 1.5])) == Interval(1.0, 1.0)
