from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlpipe.core.table import VOTE_COLUMNS
from dlpipe.label.labelers.votes import Votes


def labelled(votes: list[tuple[str, float]], **settings: float) -> tuple[str, float] | None:
    samples = pl.DataFrame({"id": ["s"]})
    rows = [("s", f"a{number}", label, weight) for number, (label, weight) in enumerate(votes)]
    labels = Votes(**settings).label(samples, pl.DataFrame(rows, schema=VOTE_COLUMNS, orient="row"))
    return labels.select("label", "label_confidence").rows()[0] if labels.height else None


def test_most_weight_wins_and_its_share_is_the_confidence():
    assert labelled([("cat", 1), ("dog", 1), ("dog", 1)]) == ("dog", pytest.approx(2 / 3))
    assert labelled([("cat", 5), ("dog", 1), ("dog", 1)]) == ("cat", pytest.approx(5 / 7))


def test_a_tie_gives_no_label():
    assert labelled([("cat", 1), ("dog", 1)]) is None
    assert labelled([("cat", 0.1), ("cat", 0.2), ("dog", 0.3)]) is None, "0.1 + 0.2 is not 0.3 in floats"
    assert labelled([("cat", 1), ("dog", 1), ("eel", 1.5)]) == ("eel", pytest.approx(3 / 7))


def test_a_low_share_gives_no_label_where_that_is_wished():
    thirds = [("good", 2 / 3), ("defective", 1 / 3)]
    assert labelled(thirds, min_confidence=2 / 3) == ("good", pytest.approx(2 / 3))
    assert labelled(thirds, min_confidence=0.7) is None


def test_votes_without_weight_do_not_count():
    assert labelled([("cat", 0)]) is None
    assert labelled([("cat", 1), ("dog", 0)]) == ("cat", 1)


def test_labels_that_look_like_nulls_are_labels():
    assert labelled([("None", 1)]) == ("None", 1)
    assert labelled([("nan", 1)]) == ("nan", 1)


def test_the_origin_is_its_name():
    votes = pl.DataFrame([("s", "a", "cat", 1.0)], schema=VOTE_COLUMNS, orient="row")
    assert Votes().label(pl.DataFrame({"id": ["s"]}), votes)["label_origin"].to_list() == ["votes"]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 5)), min_size=1, max_size=8), st.integers(2, 9))
def test_only_shares_matter_not_units(votes: list[tuple[str, int]], factor: int):
    one = labelled([(label, float(weight)) for label, weight in votes])
    other = labelled([(label, weight * factor / 7) for label, weight in votes])
    assert (one is None) == (other is None)
    if one and other:
        assert one[0] == other[0]
        assert one[1] == pytest.approx(other[1])
        sums = {label: sum(weight for name, weight in votes if name == label) for label, _ in votes}
        assert max(sums, key=lambda name: sums[name]) == one[0]
