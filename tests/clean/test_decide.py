from __future__ import annotations

import cv2
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlpipe.clean.decide import PERSON, UNREADABLE, Outcome, decide
from dlpipe.clean.jury import Tables
from dlpipe.clean.scan import Evidence
from dlpipe.clean.stage import Config
from dlpipe.clean.verdicts import Verdict
from dlpipe.modalities import Reader, Sample, Unreadable
from tests.clean import evidence
from tests.clean.evidence import sample, scene
from tests.holding import Held, places

pytestmark = pytest.mark.usefixtures("in_this_process")

CHECKS = Config().checks

KINDS = {
    "scene 1": lambda: scene(1),
    "scene 2": lambda: scene(2),
    "scene 3": lambda: scene(3),
    "copy of 1": lambda: np.clip(scene(1).astype(int) + 5, 0, 255).astype(np.uint8),
    "crop of 3": lambda: np.ascontiguousarray(scene(3)[5:-5, 5:-5]),
    "3 saved again": lambda: scene(3),
    "half of 2": lambda: cv2.resize(scene(2), (48, 48), interpolation=cv2.INTER_AREA),
    "huge": lambda: cv2.resize(scene(4), (600, 600), interpolation=cv2.INTER_CUBIC),
    "strip": lambda: scene(5)[:8],
    "black": lambda: np.zeros((96, 96, 3), np.uint8),
    "white": lambda: np.full((96, 96, 3), 255, np.uint8),
    "soft": lambda: cv2.GaussianBlur(scene(6), (0, 0), 9),
}
PICTURES = {name: make() for name, make in KINDS.items()}
UNREADABLE_KIND = "broken"

cases = st.lists(
    st.tuples(st.sampled_from([*KINDS, UNREADABLE_KIND]), st.sampled_from(["", "", "", "keep", "drop"])), max_size=14
)


def cleaned(kinds: list[tuple[str, str]], ids: list[str], only: set[str] | None = None) -> Outcome:
    """The outcome for samples of these kinds; `only` some of them came in."""
    chosen = [(one, kind, word) for one, (kind, word) in zip(ids, kinds, strict=True) if only is None or one in only]
    pictures = [sample(one, PICTURES.get(kind, PICTURES["scene 1"])) for one, kind, _ in chosen]
    broken = [kind == UNREADABLE_KIND for _, kind, _ in chosen]
    readable = [row for row, bad in enumerate(broken) if not bad]
    seen = evidence.evidence([pictures[row] for row in readable], CHECKS)
    unreadable = [Unreadable(pictures[row].id, "truncated", "ends early") for row, bad in enumerate(broken) if bad]
    found = Evidence(unreadable, readable, seen.facts, seen.looks)
    verdicts = {one: Verdict(id=one, verdict=word, by="eva") for one, _, word in chosen if word}
    again = pl.Series([kind == "3 saved again" for _, kind, _ in chosen], dtype=pl.Boolean)
    other = pl.when(again).then(pl.lit("other bytes")).otherwise("digest")
    samples = evidence.table(pictures).with_columns(digest=other)
    return decide(Tables(samples, evidence.votes({}), reader=Shown(pictures)), found, CHECKS, verdicts)


class Shown(Reader):
    """Pictures that need no files."""

    def __init__(self, pictures: list[Sample]) -> None:
        self.places = places(each.id for each in pictures)
        self.opener = Held({each.id: each.value for each in pictures})  # type: ignore[assignment]


@given(cases)
@settings(max_examples=60, deadline=None)
def test_every_sample_has_exactly_one_fate_and_a_reason(kinds: list[tuple[str, str]]):
    ids = [f"{number:02}" for number in range(len(kinds))]
    outcome = cleaned(kinds, ids)
    assert sorted([*outcome.kept["id"], *outcome.set_aside["id"]]) == ids
    assert all(outcome.set_aside["reasons"].to_list())
    assert all(outcome.set_aside["by"].to_list())
    fate = dict(outcome.set_aside.select("id", "by").iter_rows())
    for one, (kind, word) in zip(ids, kinds, strict=True):
        if kind == UNREADABLE_KIND:
            assert fate[one] == UNREADABLE
        elif word:
            assert (one in fate) == (word == "drop")
            assert fate.get(one, PERSON) == PERSON


@given(cases)
@settings(max_examples=60, deadline=None)
def test_cleaning_what_was_kept_changes_nothing(kinds: list[tuple[str, str]]):
    ids = [f"{number:02}" for number in range(len(kinds))]
    kept = set(cleaned(kinds, ids).kept["id"])
    again = cleaned(kinds, ids, only=kept)
    assert set(again.kept["id"]) == kept


@given(cases, st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_names_do_not_decide_how_many_stay(kinds: list[tuple[str, str]], random) -> None:
    ids = [f"{number:02}" for number in range(len(kinds))]
    plain = [(kind, "") for kind, _ in kinds]
    other = ids.copy()
    random.shuffle(other)
    first, second = cleaned(plain, ids), cleaned(sorted_by(plain, other), sorted(other))
    assert first.kept.height == second.kept.height


def sorted_by(kinds: list[tuple[str, str]], ids: list[str]) -> list[tuple[str, str]]:
    return [kind for _, kind in sorted(zip(ids, kinds, strict=True))]


def test_reasons_are_joined_and_a_person_is_named():
    kinds = [*[("scene 1", ""), ("scene 2", ""), ("scene 3", "drop")] * 1, ("black", ""), ("scene 1", "")]
    outcome = cleaned(kinds, list("abcde"))
    rows = {row["id"]: row for row in outcome.set_aside.iter_rows(named=True)}
    assert rows["c"] == {"id": "c", "reasons": "dropped by eva", "by": "person"}
    assert rows["d"]["by"] == "blurry, dark, low_information"
    assert rows["e"] == {"id": "e", "reasons": "same bytes as a", "by": "exact_duplicate"}
    assert outcome.kept["id"].to_list() == ["a", "b"]
    assert outcome.issues.filter(pl.col("id") == "c").height == 0


def test_issues_hold_every_score_sorted():
    outcome = cleaned([("scene 1", ""), ("scene 2", "")], ["a", "b"])
    assert outcome.issues.select("id", "check").rows() == [(one, check) for one in "ab" for check in sorted(CHECKS)]


def test_kept_copies_are_named_as_a_cluster():
    """A person keeps two copies: whoever splits must know that they belong together. Copies that left need no cluster."""
    kinds = [("scene 1", ""), ("scene 2", ""), ("scene 1", "keep"), ("copy of 1", "keep"), ("half of 2", "")]
    outcome = cleaned(kinds, list("abcde"))
    assert outcome.kept["id"].to_list() == ["a", "b", "c", "d"]
    assert outcome.duplicates.rows() == [("a", "a"), ("c", "a"), ("d", "a")]
    assert cleaned(kinds[:2], ["a", "b"]).duplicates.schema == {"id": pl.String, "cluster": pl.String}


def test_crops_and_pictures_that_were_saved_again_leave_and_say_so():
    kinds = [("scene 3", ""), ("crop of 3", ""), ("3 saved again", ""), ("scene 1", "")]
    outcome = cleaned(kinds, list("abcd"))
    rows = {row["id"]: row for row in outcome.set_aside.iter_rows(named=True)}
    assert set(rows) == {"b", "c"}
    assert rows["b"]["reasons"] == "a cropped or turned copy of a"
    assert rows["c"]["by"] == "near_duplicate, same_pixels"
    assert "same pixels as a" in rows["c"]["reasons"]
