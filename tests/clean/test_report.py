"""What the report counts is what became of the samples."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from dlpipe.clean.limits import Limit
from dlpipe.clean.report import report
from tests.clean.audited import BLACK, COPY, CUT, audited, make_folder

if TYPE_CHECKING:
    from pathlib import Path


def test_what_came_in_is_what_was_kept_and_set_aside(tmp_path: Path):
    answer = report(audited(make_folder(tmp_path), dark={}, exact_duplicate={}, odd_size={}), {})
    assert (answer["num_samples"], answer["num_kept"], answer["num_set_aside"]) == (9, 6, 3)
    assert answer["set_aside"] == {"dark": 1, "exact_duplicate": 1, "unreadable": 1}
    assert sum(answer["set_aside"].values()) == answer["num_set_aside"]
    assert {name: check["num_issues"] for name, check in answer["checks"].items()} == {
        "dark": 1,
        "exact_duplicate": 1,
        "odd_size": 0,
    }
    assert all(sum(check["scores"]) == check["num_judged"] for check in answer["checks"].values())
    assert answer["unreadable"]["listed"][0]["id"] == CUT
    json.dumps(answer, allow_nan=False)


def test_the_worst_come_first_with_their_fate_and_partner(tmp_path: Path):
    seen = audited(make_folder(tmp_path), {"id": BLACK, "verdict": "keep"}, dark={}, exact_duplicate={})
    checks = report(seen, {})["checks"]
    assert [(entry["id"], entry["fate"]) for entry in checks["dark"]["worst"]] == [(BLACK, "kept by eva")]
    (copy,) = checks["exact_duplicate"]["worst"]
    assert (copy["id"], copy["partner"], copy["fate"]) == (COPY, "circles/0.png", "set aside")


def test_a_check_that_finds_nothing_shows_what_comes_nearest(tmp_path: Path):
    dark = report(audited(make_folder(tmp_path), dark={"threshold": 1}), {})["checks"]["dark"]
    scores = [entry["score"] for entry in dark["worst"]]
    assert scores == sorted(scores, reverse=True)
    assert len(scores) <= 4


def test_limits_count_every_issue_that_nobody_accepted(tmp_path: Path):
    limits = {name: Limit(at_most=0.1) for name in ("dark", "unreadable", "set_aside")}
    raw = make_folder(tmp_path)
    found = {each["name"]: each for each in report(audited(raw, dark={}), limits)["limits"]}
    assert (found["dark"]["count"], found["unreadable"]["count"], found["set_aside"]["count"]) == (1, 1, 2)
    verdicts = [{"id": BLACK, "verdict": "keep"}, {"id": CUT, "verdict": "keep"}]
    found = {each["name"]: each for each in report(audited(raw, *verdicts, dark={}), limits)["limits"]}
    assert (found["dark"]["count"], found["unreadable"]["count"], found["set_aside"]["count"]) == (0, 1, 1)


def test_findings_about_the_set_stand_in_it_issues_first(tmp_path: Path):
    seen = audited(make_folder(tmp_path), dark={}, rare_class={"fewest": 5}, imbalance={})
    answer = report(seen, {})
    about = answer["about_set"]
    assert about["num_issues"] == 2
    assert about["by_check"] == {"rare_class": 2}
    assert [(entry["check"], entry["is_issue"]) for entry in about["listed"]] == [
        ("rare_class", True),
        ("rare_class", True),
        ("imbalance", False),
    ]
    assert about["listed"][0]["reason"] == "class 'circles' has 3 samples, fewer than 5"
    assert {name: check["of_set"] for name, check in answer["checks"].items()} == {
        "dark": False,
        "imbalance": True,
        "rare_class": True,
    }
