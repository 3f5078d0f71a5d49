from __future__ import annotations

import pytest
from pydantic_core import PydanticCustomError

from dlpipe.clean.limits import Limit, broken, check_names, judged


@pytest.mark.parametrize(
    ("count", "total", "warn", "verdict"),
    (
        (5, 100, False, "pass"),
        (6, 100, False, "fail"),
        (6, 100, True, "warn"),
        (0, 0, False, "fail"),
        (0, 9, False, "pass"),
    ),
)
def test_equal_is_within_and_no_samples_are_no_pass(count: int, total: int, warn: bool, verdict: str):
    found = judged("blurry", Limit(at_most=0.05, warn=warn), count, total)
    assert (found["verdict"], found["count"]) == (verdict, count)
    assert found["share"] == (count / total if total else None)


def test_every_limit_that_is_not_kept_is_a_sentence():
    limits = [
        judged("blurry", Limit(at_most=0.05), 6, 100),
        judged("dark", Limit(at_most=0.05), 1, 100),
        judged("set_aside", Limit(at_most=0.1), 20, 100),
    ]
    assert broken(limits) == [
        "blurry: 0.06 (6 of 100), at most 0.05 is allowed",
        "set_aside: 0.2 (20 of 100), at most 0.1 is allowed",
    ]


def test_a_limit_on_nothing_is_refused_with_the_nearest_name():
    check_names({"dark": Limit(at_most=0)}, ["dark"])
    with pytest.raises(PydanticCustomError) as caught:
        check_names({"drak": Limit(at_most=0)}, ["dark"])
    assert "did you mean 'dark'?" in caught.value.context["errors"][0]["msg"]  # type: ignore[index]
