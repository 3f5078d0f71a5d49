from __future__ import annotations

from dlpipe.clean.checks.rare_class import RareClass
from tests.clean.checks.of_the_set import about, labelled


def test_a_class_with_few_samples_is_named_with_its_number() -> None:
    found = about(RareClass(), labelled({"good": 40, "torn": 3, "one": 1}))
    assert [issue.reason for issue in found] == [
        "class 'torn' has 3 samples, fewer than 20",
        "class 'one' has 1 sample, fewer than 20",
    ]
    assert all(issue.score > 0.9 for issue in found)


def test_the_number_is_a_setting_and_enough_is_enough() -> None:
    assert not about(RareClass(), labelled({"good": 20, "bad": 20}))
    assert [issue.score >= 0.5 for issue in about(RareClass(), labelled({"good": 19}))] == [True]
    assert not about(RareClass(fewest=2), labelled({"good": 2}))
