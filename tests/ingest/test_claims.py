from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from dlpipe.core.errors import DlpipeError
from dlpipe.ingest.claims import Claim, matched
from dlpipe.ingest.walk import Found

if TYPE_CHECKING:
    from dlpipe.ingest.sources import Listing

TABLE = Path("labels.csv")
FOUND = Found(["a.png", "b.png"], [("x.txt", "other_ending", "why")])
CAT = (("cat", 1.0),)


def claim(
    line: int, path: str, votes: tuple[tuple[str, float], ...] = CAT, site: str | None = "n", **more: Any
) -> Claim:
    return Claim(f"labels.csv:{line}", path, more.pop("annotator", "ann"), votes, (site,), **more)


def match(*claims: Claim, found: Found = FOUND) -> Listing:
    return matched(TABLE, claims, ("site",), found)


def test_every_file_is_a_sample_and_what_was_set_aside_stays_so():
    listing = match(claim(2, "b.png"))
    assert listing.samples.rows() == [("a.png", "a.png", None), ("b.png", "b.png", "n")]
    assert listing.votes.rows() == [("b.png", "ann", "cat", 1.0)]
    assert listing.set_aside == FOUND.set_aside


def test_rows_that_have_no_file_or_say_nothing_new():
    listing = match(claim(2, "b.png"), claim(3, "b.png"), claim(4, "c.png"))
    assert listing.set_aside[1:] == [
        ("b.png", "duplicate_row", "labels.csv:3 says again what labels.csv:2 says"),
        ("c.png", "missing_file", "labels.csv:4 names it, but raw/ has no such file of this kind"),
    ]


def test_annotators_may_disagree_on_labels_but_not_on_attributes():
    dog = (("dog", 1.0),)
    listing = match(claim(2, "a.png"), claim(3, "a.png", dog, annotator="bob"))
    assert listing.votes["label"].to_list() == ["cat", "dog"]
    with pytest.raises(
        DlpipeError, match=r"labels\.csv:2 and labels\.csv:3 both name a\.png and differ: .*site 'n' and 's'"
    ):
        match(claim(2, "a.png"), claim(3, "a.png", dog, "s", annotator="bob"))


def test_one_annotator_may_not_disagree_with_themselves_unless_the_rows_stand_apart():
    dog = (("dog", 0.5),)
    with pytest.raises(DlpipeError, match="label 'cat' and 'dog'"):
        match(claim(2, "a.png"), claim(3, "a.png", dog))
    shares = match(claim(2, "a.png", apart="cat"), claim(3, "a.png", dog, apart="dog"))
    assert shares.votes["weight"].to_list() == [1.0, 0.5]


def test_the_conflict_names_the_row_that_is_contradicted():
    claims = (claim(2, "a.png", annotator="bob"), claim(3, "a.png"), claim(4, "a.png", ()))
    with pytest.raises(DlpipeError, match=r"labels\.csv:3 and labels\.csv:4 .* label 'cat' and 'none'"):
        match(*claims)


@pytest.mark.parametrize(("found", "there"), ((FOUND, "files like 'a.png'"), (Found([]), "no file of this kind")))
def test_a_table_of_other_files(found: Found, there: str):
    with pytest.raises(DlpipeError, match=there):
        match(claim(2, "z.png"), found=found)


def test_members_of_archives_may_be_named_as_if_unpacked():
    found = Found(["a.zip!/cats/1.png", "a.zip!/2.png", "b.zip!/2.png"])
    listing = match(claim(2, "cats/1.png"), claim(3, "a.zip!/2.png"), claim(4, "2.png"), found=found)
    assert listing.votes["id"].to_list() == ["a.zip!/cats/1.png", "a.zip!/2.png"]
    assert [entry[:2] for entry in listing.set_aside] == [("2.png", "missing_file")]
