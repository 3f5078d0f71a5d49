from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.gate.limits import Limit, judged, numbers


def entry(value: float | None, low: float | None = None, high: float | None = None, **more: Any) -> dict[str, Any]:
    return {"value": value, "low": low, "high": high, **more}


EVALUATION: dict[str, Any] = {
    "schema_version": 1,
    "num_samples": 400,
    "positive": 1,
    "classes": ["a", "b"],
    "intervals": {"confidence": 0.95},
    "robustness": {"blur": {"drop": 0.04, "strengths": [1, 2]}},
    "metrics": {"auroc": entry(0.9, 0.85, 0.95), "ece": entry(None, reason="no samples")},
    "baselines": {"knn": {"auroc": entry(0.8, 0.7, 0.9)}},
    "paired": {"logistic_regression": {"auroc": {"difference": 0.02, "low": -0.01, "high": 0.05}}},
    "groups": {
        "site": {"St. John's": {"n": 12, "small": True, "auroc": entry(0.7, None, None, reason="no interval: …")}}
    },
    "fairness": {"site": {"equalized_odds": entry(0.1, 0.05, 0.3, n={"a": 3})}},
}
KNOWN = numbers(EVALUATION)


def verdict(name: str, **limit: Any) -> str:
    (line,) = judged(name, Limit(**limit), KNOWN)
    return line["verdict"]


@pytest.mark.parametrize(
    ("name", "limit", "wanted"),
    (
        ("auroc", {"at_least": 0.9}, "pass"),  # equal is within
        ("auroc", {"at_most": 0.9}, "pass"),
        ("auroc", {"at_least": 0.900001}, "fail"),
        ("auroc", {"at_most": 0.899999}, "fail"),
        ("auroc", {"at_least": 0.8, "at_most": 0.95}, "pass"),
        ("auroc", {"at_least": 0.86, "on": "low"}, "fail"),
        ("auroc", {"at_least": 0.85, "on": "low"}, "pass"),
        ("auroc", {"at_most": 0.94, "on": "high"}, "fail"),
        ("auroc", {"at_least": 0.91, "warn": True}, "warn"),
        ("auroc", {"at_least": 0.89, "warn": True}, "pass"),
        ("metrics.auroc", {"at_least": 0.9}, "pass"),
        ("ece", {"at_most": 1.0}, "fail"),  # undefined never passes
        ("ece", {"at_least": 0.0, "warn": True}, "warn"),
        ("groups.site.St. John's.auroc", {"at_least": 0.5}, "pass"),
        ("groups.site.St. John's.auroc", {"at_least": 0.5, "on": "low"}, "fail"),
        ("groups.site.St. John's.n", {"at_least": 30, "warn": True}, "warn"),
        ("num_samples", {"at_least": 100}, "pass"),
        ("num_samples", {"at_least": 100, "on": "low"}, "fail"),
        ("fairness.site.equalized_odds", {"at_most": 0.2}, "pass"),
        ("fairness.site.equalized_odds", {"at_most": 0.2, "on": "high"}, "fail"),
        ("paired.logistic_regression.auroc", {"at_least": 0}, "pass"),
        ("paired.logistic_regression.auroc", {"at_least": 0, "on": "low"}, "fail"),
        ("baselines.knn.auroc", {"at_most": 0.85}, "pass"),
        ("auroc", {"at_least": 0.85, "on": "pessimistic"}, "pass"),
        ("auroc", {"at_least": 0.86, "on": "pessimistic"}, "fail"),
        ("auroc", {"at_most": 0.94, "on": "pessimistic"}, "fail"),
        ("auroc", {"at_least": 0.85, "at_most": 0.95, "on": "pessimistic"}, "pass"),
        ("robustness.blur.drop", {"at_most": 0.05}, "pass"),
        ("intervals.confidence", {"at_least": 0.9}, "pass"),
    ),
)
def test_truth_table(name: str, limit: dict[str, Any], wanted: str) -> None:
    assert verdict(name, **limit) == wanted


@given(value=st.floats(-1, 1), limit=st.floats(-1, 1))
def test_at_least_is_exactly_greater_or_equal(value: float, limit: float) -> None:
    known = {"x": {**entry(value), "reason": None}}
    assert (judged("x", Limit(at_least=limit), known)[0]["verdict"] == "pass") == (value >= limit)
    assert (judged("x", Limit(at_most=limit), known)[0]["verdict"] == "pass") == (value <= limit)


def test_groups_may_be_called_like_the_ends_of_an_interval() -> None:
    risk = {name: {"n": 5, "small": True, "auroc": entry(0.5, 0.4, 0.6)} for name in ("low", "value", "difference")}
    known = numbers({**EVALUATION, "groups": {"risk": risk}})
    for name in risk:
        assert known[f"groups.risk.{name}.auroc"]["value"] == 0.5


def test_a_rule_tells_value_interval_limit_and_why() -> None:
    (line,) = judged("auroc", Limit(at_least=0.95, on="low"), KNOWN)
    assert line == {
        "rule": "auroc",
        "limit": {"at_least": 0.95, "on": "low"},
        "value": 0.9,
        "low": 0.85,
        "high": 0.95,
        "verdict": "fail",
        "why": "low end 0.85 is below 0.95",
    }
    assert judged("ece", Limit(at_most=0.1), KNOWN)[0]["why"] == "undefined: no samples"
    (found,) = judged("groups.site.St. John's.auroc", Limit(at_least=0.5, on="low"), KNOWN)
    assert found["why"] == "low end undefined: no interval: …"


@pytest.mark.parametrize(
    ("name", "nearest"),
    (
        ("aurok", "auroc"),
        ("fairness.sites.equalized_odds", "fairness.site.equalized_odds"),
        ("groups.site", "groups.site"),
    ),
)
def test_an_unknown_path_ends_with_2_and_the_nearest(name: str, nearest: str) -> None:
    with pytest.raises(DlpipeError, match=nearest) as caught:
        judged(name, Limit(at_least=0), KNOWN)
    assert caught.value.exit_code == Exit.INPUT


@pytest.mark.parametrize(
    "limit",
    ({}, {"at_least": 0.9, "at_most": 0.1}, {"at_least": float("nan")}, {"at_least": 0, "on": "mean"}, {"atleast": 1}),
)
def test_limits_that_mean_nothing_are_refused(limit: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Limit(**limit)


def test_a_star_names_every_group_so_that_none_is_forgotten() -> None:
    groups = {"site": {name: {"n": 40, "auroc": entry(value)} for name, value in (("a[b]", 0.9), ("c?", 0.7))}}
    known = numbers({**EVALUATION, "groups": groups})
    found = judged("groups.site.*.auroc", Limit(at_least=0.8), known)
    assert [(line["rule"], line["verdict"]) for line in found] == [
        ("groups.site.a[b].auroc", "pass"),
        ("groups.site.c?.auroc", "fail"),
    ]
    assert len(judged("groups.site.a[b].*", Limit(at_least=0.8), known)) == 2
    with pytest.raises(DlpipeError, match=r"no number 'groups\.sites"):
        judged("groups.sites.*.auroc", Limit(at_least=0.8), known)


def test_settings_are_no_numbers() -> None:
    assert not {"schema_version", "positive"} & set(KNOWN)
