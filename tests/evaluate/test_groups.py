from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from fairlearn.metrics import MetricFrame, demographic_parity_difference, equalized_odds_difference
from sklearn.metrics import accuracy_score

from dlpipe.core.errors import DlpipeError
from dlpipe.evaluate.groups import MISSING, by_group, gaps, grouped
from dlpipe.evaluate.measuring import Ruler
from dlpipe.metrics import Predictions
from dlpipe.metrics.accuracy import Accuracy
from dlpipe.metrics.auroc import Auroc
from dlpipe.metrics.fairness.demographic_parity import DemographicParity
from dlpipe.metrics.fairness.equal_opportunity import EqualOpportunity
from dlpipe.metrics.fairness.equalized_odds import EqualizedOdds
from dlpipe.statistics import by_label
from tests.metrics.drawn import predictions


def table(**columns) -> pl.DataFrame:
    length = len(next(iter(columns.values())))
    ids = [str(number) for number in range(length)]
    return pl.DataFrame({"id": ids, "path": ids, "digest": ids, **columns})


def ruler(y_true) -> Ruler:
    return Ruler({"accuracy": Accuracy(), "auroc": Auroc()}, y_true, by_label(y_true, 100, 0), 0.95)


def test_values_of_any_kind_become_groups_and_none_is_lost() -> None:
    found = grouped(table(site=["a", None, "a"], age=[1, 2, None]), ["site", "age"])
    assert found["site"].tolist() == ["a", MISSING, "a"]
    assert found["age"].tolist() == ["1", "2", MISSING]


def test_an_unknown_attribute_names_the_nearest() -> None:
    with pytest.raises(DlpipeError, match="did you mean 'site'"):
        grouped(table(site=["a"]), ["sites"])


@pytest.mark.parametrize("name", ("label", "split", "digest"))
def test_what_is_no_attribute_is_no_group(name: str) -> None:
    with pytest.raises(DlpipeError, match="no attribute"):
        grouped(table(site=["a"], label=["x"], split=["test"]), [name])


def test_too_many_values_are_no_groups() -> None:
    with pytest.raises(DlpipeError, match="51 values"):
        grouped(table(site=[str(number) for number in range(51)]), ["site"])


def test_equals_fairlearns_frame() -> None:
    y_true, said = predictions(0, 200, 2)
    group = np.array(["north", "south"])[np.arange(200) // 10 % 2]
    frame = MetricFrame(metrics=accuracy_score, y_true=y_true, y_pred=said.predicted, sensitive_features=group)
    found = by_group(ruler(y_true), said, {"site": group})["site"]
    assert {name: entry["accuracy"]["value"] for name, entry in found.items()} == pytest.approx(
        frame.by_group.to_dict()
    )
    assert [found[name]["n"] for name in ("north", "south")] == [100, 100]


def test_a_group_of_one_and_of_one_class_is_null_with_a_reason_and_marked() -> None:
    y_true, said = predictions(0, 100, 2)
    group = np.array(["one"] + ["class"] * 99)
    group[(np.arange(100) > 0) & (y_true == 0)] = "rest"
    found = by_group(ruler(y_true), said, {"site": group})["site"]
    assert found["one"]["n"] == 1
    assert found["one"]["small"]
    assert found["class"]["auroc"]["value"] is None
    assert found["class"]["auroc"]["reason"] == "only one class occurs"


def test_gaps_equal_fairlearn_and_have_intervals_and_sizes() -> None:
    y_true, said = predictions(0, 300, 2)
    group = np.array(["north", "south", "west"])[np.arange(300) // 10 % 3]
    metrics = {"equalized_odds": EqualizedOdds(), "demographic_parity": DemographicParity()}
    both = gaps(ruler(y_true), said, {"site": group}, metrics)
    found, ratios = both.differences["site"], both.ratios["site"]
    for name, other in (
        ("equalized_odds", equalized_odds_difference),
        ("demographic_parity", demographic_parity_difference),
    ):
        wanted = other(y_true, said.predicted, sensitive_features=group)
        assert found[name]["value"] == pytest.approx(wanted, abs=1e-6)
        assert 0 <= found[name]["low"] < found[name]["high"] <= 1
        assert found[name]["n"] == {"north": 100, "south": 100, "west": 100}
        assert 0 <= ratios[name]["low"] <= ratios[name]["value"] <= ratios[name]["high"] <= 1


def test_the_smallest_visible_gap_is_found_80_times_of_100() -> None:
    """Of recalls .5 and .5 + that gap, a z test at 5 % says no to equality in four of five draws."""
    y_true = np.ones(800, dtype=np.int64)
    y_true[::2] = 0
    group = np.repeat(["north", "south"], 400)
    predicted = (np.random.default_rng(0).random(800) < 0.5).astype(np.int64)
    said = Predictions(np.eye(2)[predicted], predicted, 1)
    scale = Ruler({}, y_true, by_label(y_true, 500, 0), 0.95)
    told = gaps(scale, said, {"site": group}, {"equal_opportunity": EqualOpportunity()}).differences["site"]
    assert 0.06 < told["equal_opportunity"]["smallest_visible"] < 0.15  # by the textbook .14; near 0 a gap varies less


def test_a_group_that_resamples_miss_leaves_the_gap_without_interval() -> None:
    y_true, said = predictions(0, 100, 2)
    group = np.array(["tiny"] + ["rest"] * 99)
    both = gaps(ruler(y_true), said, {"site": group}, {"demographic_parity": DemographicParity()})
    found = both.differences["site"]
    assert found["demographic_parity"]["smallest_visible"] is None
    assert found["demographic_parity"]["value"] is not None
    assert found["demographic_parity"]["low"] is None
    assert "resamples" in found["demographic_parity"]["reason"]


def test_two_attributes_make_groups_together_too() -> None:
    found = grouped(table(site=["a", "a", "b"], age=["x", "y", "x"]), ["site", "age"])
    assert found["site and age"].tolist() == ["a and x", "a and y", "b and x"]
