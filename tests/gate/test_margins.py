from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from dlpipe.core.errors import DlpipeError
from dlpipe.gate.margins import Margin, judged


def entry(low: float | None, high: float | None, *, higher: bool = True) -> dict[str, Any]:
    middle = None if low is None or high is None else (low + high) / 2
    reason = {} if low is not None else {"reason": "one class"}
    return {"difference": middle, "low": low, "high": high, "higher_is_better": higher, **reason}


COMPARISON: dict[str, Any] = {
    "champion": "3",
    "metrics": {
        "auroc": entry(-0.02, 0.04),
        "recall": entry(0.01, 0.05),
        "brier": entry(-0.01, 0.02, higher=False),
        "ece": entry(None, None),
        "accuracy": entry(0.0, 0.0),
    },
    "groups": {"site": {"a": {"n": 40, "auroc": entry(-0.1, 0.1)}, "b": {"n": 50, "auroc": entry(0.0, 0.1)}}},
}


@pytest.mark.parametrize(
    ("name", "margin", "verdict", "why"),
    (
        ("auroc", 0.03, "pass", "at worst 0.02 worse, less than 0.03"),
        ("auroc", 0.02, "fail", "it may be 0.02 worse, as much as 0.02 or more"),  # exactly the margin is not sure
        ("auroc", 0.0, "fail", "not better for sure: it may be as good or 0.02 worse"),
        ("recall", 0.0, "pass", "better for sure by 0.01"),
        ("brier", 0.03, "pass", "at worst 0.02 worse, less than 0.03"),
        ("brier", 0.01, "fail", "it may be 0.02 worse, as much as 0.01 or more"),
        ("ece", 0.5, "fail", "undefined: one class"),
        ("accuracy", 0.0, "fail", "not better for sure: it may be as good or 0 worse"),
        ("accuracy", 0.01, "pass", "at worst 0 worse, less than 0.01"),
        ("groups.site.a.auroc", 0.05, "fail", "it may be 0.1 worse, as much as 0.05 or more"),
    ),
)
def test_truth_table(name: str, margin: float, verdict: str, why: str) -> None:
    (line,) = judged(name, Margin(margin=margin), COMPARISON)
    assert (line["verdict"], line["why"].replace("-0 ", "0 ")) == (verdict, why)
    assert line["rule"] == f"champion.{name}"
    (warned,) = judged(name, Margin(margin=margin, warn=True), COMPARISON)
    assert warned["verdict"] == ("pass" if verdict == "pass" else "warn")


def test_a_star_asks_every_group() -> None:
    found = judged("groups.site.*.auroc", Margin(margin=0.05), COMPARISON)
    assert [(line["rule"], line["verdict"]) for line in found] == [
        ("champion.groups.site.a.auroc", "fail"),
        ("champion.groups.site.b.auroc", "pass"),
    ]


def test_what_could_not_be_compared_is_not_passed() -> None:
    (line,) = judged("auroc", Margin(margin=1), {"champion": "3", "reason": "other classes"})
    assert (line["verdict"], line["why"], line["value"]) == ("fail", "undefined: other classes", None)


def test_an_unknown_name_says_the_nearest() -> None:
    with pytest.raises(DlpipeError, match=r"gate\.champion.*did you mean 'auroc'"):
        judged("aurok", Margin(margin=0), COMPARISON)


@pytest.mark.parametrize("settings", ({}, {"margin": -0.1}, {"margin": "x"}, {"margin": 0, "at_least": 1}))
def test_margins_that_mean_nothing_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Margin(**settings)
