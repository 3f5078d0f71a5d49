from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from fairlearn.metrics import demographic_parity_difference, equalized_odds_difference
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import accuracy_score

from dlpipe.comparison.paired import How, Pair, compare, mcnemar, pessimistic
from dlpipe.metrics import Predictions
from dlpipe.metrics.accuracy import Accuracy
from dlpipe.metrics.auroc import Auroc
from dlpipe.metrics.brier import Brier
from dlpipe.metrics.fairness.demographic_parity import DemographicParity
from dlpipe.metrics.fairness.equalized_odds import EqualizedOdds
from dlpipe.statistics import expanded
from tests.comparison.drawn import drawn

HOW = How({"accuracy": Accuracy(), "brier": Brier()}, alpha=0.05, num_resamples=200, seed=0)


def pair(n: int = 200, **more: Any) -> Pair:
    return drawn(np.random.default_rng(1), n, **more)


def test_values_are_each_models_own_and_the_difference_is_new_less_old() -> None:
    one = pair()
    entry = compare(one, HOW)["metrics"]["accuracy"]
    assert entry["new"] == pytest.approx(accuracy_score(one.y_true, one.new.predicted), abs=1e-6)
    assert entry["old"] == pytest.approx(accuracy_score(one.y_true, one.old.predicted), abs=1e-6)
    assert entry["difference"] == pytest.approx(entry["new"] - entry["old"], abs=2e-6)
    assert entry["low"] < entry["difference"] < entry["high"]


def test_the_interval_is_that_of_scipys_paired_bootstrap() -> None:
    one = pair(400)
    right = [(side.predicted == one.y_true).astype(float) for side in (one.new, one.old)]
    level = 1 - 2 * expanded(0.05, 400)
    wanted = stats.bootstrap(
        (right[0] - right[1],), np.mean, confidence_level=level, n_resamples=4000, method="percentile", rng=0
    ).confidence_interval
    found = compare(one, How({"accuracy": Accuracy()}, 0.05, 4000, 3))["metrics"]["accuracy"]
    assert (found["low"], found["high"]) == pytest.approx(tuple(wanted), abs=0.005)


def test_a_model_beside_itself_is_no_different_in_anything() -> None:
    one = pair()
    found = compare(Pair(one.y_true, one.new, one.new, one.groups), HOW)
    for entry in found["metrics"].values():
        assert (entry["difference"], entry["low"], entry["high"]) == (0, 0, 0)
    assert found["answers"]["p_value"] == 1


@given(seed=st.integers(0, 10_000))
def test_swapped_models_turn_every_sign(seed: int) -> None:
    one = drawn(np.random.default_rng(seed), 40)
    how = How({"accuracy": Accuracy()}, 0.05, 100, 0)
    there = compare(one, how, [])["metrics"]["accuracy"]
    back = compare(Pair(one.y_true, one.old, one.new, one.groups), how, [])["metrics"]["accuracy"]
    assert back["difference"] == -there["difference"]
    assert (back["low"], back["high"]) == pytest.approx((-there["high"], -there["low"]), abs=1e-6)


def test_every_group_is_measured_on_its_own_samples() -> None:
    one = pair()
    found = compare(one, HOW)["groups"]["site"]
    assert {value: entries["n"] for value, entries in found.items()} == {
        value: int((one.groups["site"] == value).sum()) for value in ("a", "b")
    }
    inside = one.groups["site"] == "a"
    wanted = accuracy_score(one.y_true[inside], one.new.predicted[inside])
    assert found["a"]["accuracy"]["new"] == pytest.approx(wanted, abs=1e-6)


def test_clusters_that_are_alike_make_it_less_sure() -> None:
    one = pair(60)
    often = np.repeat(np.arange(60), 10)
    copies = Pair(one.y_true[often], one.new.take(often), one.old.take(often), {}, often.astype(str))
    alone = Pair(copies.y_true, copies.new, copies.old, {})
    widths = [
        entry["high"] - entry["low"]
        for entry in (compare(each, HOW)["metrics"]["accuracy"] for each in (copies, alone))
    ]
    assert widths[0] > 2 * widths[1]
    assert compare(copies, HOW)["num_clusters"] == 60


def test_undefined_for_one_of_the_two_is_no_difference_and_says_why() -> None:
    y_true = np.zeros(50, dtype=np.int64)
    side = Predictions(np.full((50, 2), 0.5), np.zeros(50, dtype=np.int64), 1)
    entry = compare(Pair(y_true, side, side, {}), How({"auroc": Auroc()}, 0.05, 100, 0))["metrics"]["auroc"]
    assert (entry["difference"], entry["low"]) == (None, None)
    assert entry["reason"]


def test_one_cluster_has_no_interval() -> None:
    one = pair(30)
    entry = compare(Pair(one.y_true, one.new, one.old, {}, np.full(30, "b1")), HOW)["metrics"]["accuracy"]
    assert entry["difference"] is not None
    assert (entry["low"], entry["reason"]) == (None, "no interval: 1 independent samples")


def test_worse_is_down_for_every_metric() -> None:
    ends = {"low": -0.2, "high": 0.1}
    assert pessimistic({**ends, "higher_is_better": True}) == -0.2
    assert pessimistic({**ends, "higher_is_better": False}) == -0.1
    assert pessimistic({"low": None, "high": None, "higher_is_better": False}) is None


@given(counts=st.tuples(*[st.integers(0, 30)] * 4))
def test_mcnemar_is_twice_the_smaller_tail_of_the_binomial(counts: tuple[int, int, int, int]) -> None:
    new, old = (np.repeat(side, counts) for side in ([True, True, False, False], [True, False, True, False]))
    found = mcnemar(new, old)
    assert (found["both_right"], found["only_new_right"], found["only_old_right"], found["neither_right"]) == counts
    few, all_of = min(counts[1], counts[2]), counts[1] + counts[2]
    assert found["p_value"] == pytest.approx(min(1.0, 2 * stats.binom.cdf(few, all_of, 0.5)), abs=1e-6)


@pytest.mark.parametrize("per_cluster", (0, 10))
def test_gaps_are_compared_on_the_same_resamples(per_cluster: int) -> None:
    one = pair(400, per_cluster=per_cluster)
    how = How({}, 0.025, 200, 0, {"equalized_odds": EqualizedOdds(), "demographic_parity": DemographicParity()})
    found = compare(one, how)["fairness"]["site"]
    for name, theirs in (
        ("equalized_odds", equalized_odds_difference),
        ("demographic_parity", demographic_parity_difference),
    ):
        sides = [
            theirs(one.y_true, side.predicted, sensitive_features=one.groups["site"]) for side in (one.new, one.old)
        ]
        entry = found[name]
        assert (entry["new"], entry["old"]) == pytest.approx(tuple(sides), abs=1e-6)
        assert entry["difference"] == pytest.approx(sides[0] - sides[1], abs=2e-6)
        assert entry["low"] <= entry["difference"] <= entry["high"]
        assert entry["higher_is_better"] is False
    alone = compare(Pair(one.y_true, one.new, one.new, one.groups, one.clusters), how)["fairness"]["site"]
    assert {(entry["low"], entry["high"]) for entry in alone.values()} == {(0, 0)}


def test_a_gap_that_resamples_cannot_hold_has_no_interval() -> None:
    one = pair(60)
    lonely = Pair(one.y_true, one.new, one.old, {"site": np.array(["x", *["a"] * 59])})
    entry = compare(lonely, How({}, 0.025, 200, 0, {"demographic_parity": DemographicParity()}))["fairness"]["site"]
    assert entry["demographic_parity"]["difference"] is not None
    assert entry["demographic_parity"]["low"] is None
    assert "resamples" in entry["demographic_parity"]["reason"]
    assert "fairness" not in compare(lonely, HOW)
