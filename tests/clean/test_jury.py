from __future__ import annotations

from typing import ClassVar

import numpy as np
import polars as pl
import pytest

from dlpipe.clean.checks import Check, Finding, Seen
from dlpipe.clean.jury import Jury, Tables
from dlpipe.clean.pile import Pile
from dlpipe.clean.scan import Evidence


class AboveMean(Check):
    """More than three times the mean of what is left: a judgement that changes as samples leave."""

    def judge(self, seen: Seen) -> Finding:
        values = np.array(seen.looks, dtype=float)
        high = values > 3 * values.mean()
        return Finding(high.astype(float), ["high" if bad else "" for bad in high])


class SameTens(Check):
    """Keeps the first of each ten."""

    compares: ClassVar[bool] = True

    def judge(self, seen: Seen) -> Finding:
        first: dict[int, str] = {}
        partners = [
            first.setdefault(look // 10, sample_id)
            for look, sample_id in zip(seen.looks, seen.samples["id"], strict=True)
        ]
        copies = [partner != sample_id for partner, sample_id in zip(partners, seen.samples["id"], strict=True)]
        scores = np.array(copies, dtype=float)
        return Finding(
            scores, ["same"] * len(scores), [one if copy else None for one, copy in zip(partners, copies, strict=True)]
        )


class Wrong(Check):
    """Breaks the contract."""

    scores: list[str]

    def judge(self, seen: Seen) -> Finding:
        return Finding(np.array(self.scores, dtype=float), [""] * len(self.scores))


def jury(looks: list[int], checks: dict[str, Check]) -> Jury:
    ids = [f"{number:03}" for number in range(len(looks))]
    samples = pl.DataFrame({"id": ids, "path": ids, "digest": ids})
    votes = pl.DataFrame(schema={"id": pl.String, "label": pl.String, "weight": pl.Float64})
    evidence = Evidence([], list(range(len(looks))), Pile({} for _ in looks), dict.fromkeys(checks, Pile(looks)))
    return Jury(Tables(samples, votes), evidence, checks)


def settled(looks: list[int], checks: dict[str, Check], protected: list[int] | None = None) -> Jury:
    made = jury(looks, checks)
    keep = np.zeros(len(looks), bool)
    keep[protected or []] = True
    made.settle(keep)
    return made


def test_checks_are_asked_again_until_nothing_more_leaves():
    made = settled([100, 20, 3, 2, 1, 0], {"high": AboveMean()})
    assert made.alive.tolist() == [False, False, True, True, True, True]
    assert made.issues().filter("is_issue")["id"].to_list() == ["000", "001"]


def test_a_copy_is_kept_when_the_better_one_leaves_for_another_reason():
    made = settled([99, 12, 13, 21, 0, 5, 22, 1], {"same": SameTens(), "high": AboveMean()})
    kept = made.samples["id"].filter(made.alive).to_list()
    partners = made.issues().filter(pl.col("partner").is_not_null(), pl.col("is_issue"))["partner"].to_list()
    assert set(partners) <= set(kept)


def test_protected_samples_stay_and_keep_their_issue():
    made = settled([100, 3, 2, 1, 0, 0], {"high": AboveMean()}, protected=[0])
    assert made.alive[0]
    assert made.issues().filter(pl.col("id") == "000")["is_issue"].to_list() == [True]


def test_a_check_that_only_notes_sets_nothing_aside():
    made = settled([100, 3, 2, 1, 0, 0], {"high": AboveMean(sets_aside=False)})
    assert made.alive.all()
    assert made.issues()["is_issue"].any()


@pytest.mark.parametrize("scores", (["2.0"], ["-0.1"], ["nan"], ["0.5", "0.5"]))
def test_a_check_that_breaks_its_contract_is_a_bug(scores: list[str]):
    with pytest.raises(ValueError, match="check wrong gave"):
        settled([1], {"wrong": Wrong(scores=scores)})
