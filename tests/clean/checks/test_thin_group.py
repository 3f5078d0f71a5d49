from __future__ import annotations

import numpy as np

from dlpipe.clean.checks.thin_group import ThinGroup
from tests.clean.checks.of_the_set import about, labelled


def test_a_group_that_is_missing_in_a_class_is_named_with_what_would_be_even() -> None:
    sites = ["north"] * 60 + ["south"] * 40 + ["north"] * 100
    found = about(ThinGroup(), labelled({"good": 100, "bad": 100}, site=sites))
    worst = max(found, key=lambda issue: issue.score)
    assert worst.reason == "0 of 100 samples of class 'bad' are of site 'south', where 20.0 would be even"
    assert worst.score == 1
    assert worst.subject == "site 'south' in class 'bad'"
    assert all(issue.score < 0.5 for issue in found if issue is not worst)


def test_chance_is_no_bias() -> None:
    """Over twenty sets drawn evenly, with 40 cells each, nothing is reported."""
    random = np.random.default_rng(0)
    for _ in range(20):
        sites = [f"s{number}" for number in random.integers(0, 20, 400)]
        found = about(ThinGroup(), labelled({"good": 200, "bad": 200}, site=sites))
        assert not [issue for issue in found if issue.score >= 0.5]


def test_few_samples_prove_nothing_and_identifiers_are_no_groups() -> None:
    assert not about(ThinGroup(), labelled({"good": 3, "bad": 3}, site=["n", "n", "s", "n", "n", "n"]))
    assert not about(ThinGroup(), labelled({"good": 60, "bad": 60}, serial=list(range(120))))
    assert not about(ThinGroup(), labelled({"good": 60, "bad": 60}, site=["n"] * 120))


def test_a_missing_value_is_a_group_of_its_own() -> None:
    found = about(ThinGroup(), labelled({"good": 100, "bad": 100}, site=["n"] * 50 + [None] * 50 + ["n"] * 100))
    assert [issue.subject for issue in found if issue.score >= 0.5] == ["site 'unknown' in class 'bad'"]
