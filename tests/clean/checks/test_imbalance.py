from __future__ import annotations

import pytest

from dlpipe.clean.checks.imbalance import Imbalance
from tests.clean.checks.of_the_set import about, labelled


def test_the_score_is_a_half_where_one_class_is_ten_times_another() -> None:
    (issue,) = about(Imbalance(), labelled({"good": 50, "bad": 5, "odd": 9}))
    assert issue.score == pytest.approx(0.5)
    assert issue.reason == "class 'good' has 50 samples, 10.0 times as many as 'bad' with 5"


def test_even_classes_have_no_score_and_one_class_cannot_be_uneven() -> None:
    assert [issue.score for issue in about(Imbalance(), labelled({"good": 7, "bad": 7}))] == [0]
    assert not about(Imbalance(), labelled({"good": 7}))
    assert about(Imbalance(times=2), labelled({"good": 7, "bad": 3}))[0].score > 0.5
