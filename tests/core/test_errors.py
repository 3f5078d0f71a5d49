"""The one user-facing error, exit codes, and the nearest spelling."""

from __future__ import annotations

import copy

from hypothesis import given
from hypothesis import strategies as st

from dlpipe.core.errors import DlpipeError, Exit, nearest


def test_an_error_carries_problem_fix_and_exit_code():
    error = DlpipeError("it broke", "mend it", Exit.NO)
    assert (str(error), error.problem, error.fix, error.exit_code) == ("it broke", "it broke", "mend it", 3)


def test_an_error_is_an_input_error_unless_said_otherwise():
    assert DlpipeError("a", "b").exit_code == 2


def test_exit_codes_are_those_that_scripts_rely_on():
    assert {code.name: int(code) for code in Exit} == {
        "DONE": 0,
        "BUG": 1,
        "INPUT": 2,
        "NO": 3,
        "ENVIRONMENT": 4,
        "INTEGRITY": 5,
        "INTERRUPTED": 130,
        "TERMINATED": 143,
    }


def test_nearest_names_the_closest_spelling():
    assert nearest("blury", ["blurry", "dark"]) == "did you mean 'blurry'?"


def test_nearest_lists_what_is_known_where_nothing_is_close():
    assert nearest("zzz", ["blurry", "dark"]) == "known: blurry, dark"


def test_nearest_says_when_nothing_is_known():
    assert nearest("zzz", []) == "none are known here"


@given(st.text(), st.lists(st.text()))
def test_nearest_always_answers(word: str, known: list[str]):
    assert nearest(word, known)


def test_an_error_survives_the_way_between_processes():
    error = copy.copy(DlpipeError("what", "how", Exit.INTEGRITY))
    assert (error.problem, error.fix, error.exit_code) == ("what", "how", Exit.INTEGRITY)
