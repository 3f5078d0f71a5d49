from __future__ import annotations

import polars as pl

from dlpipe.ingest.facts import facts_of, notes_of
from dlpipe.ingest.tables import samples_table, votes_table
from dlpipe.tasks.classification import Classification
from dlpipe.tasks.multi_label import MultiLabel

NOTHING = pl.DataFrame(schema=dict.fromkeys(("path", "reason", "detail"), pl.String))


def aside(*reasons: str) -> pl.DataFrame:
    rows = [(f"{number}", reason, "why") for number, reason in enumerate(reasons)]
    return pl.DataFrame(rows, schema=NOTHING.schema, orient="row")


def test_a_sample_counts_for_the_label_of_most_weight():
    samples = samples_table(["a", "b", "c"], {"site": ["n", "n", None]})
    votes = votes_table([("a", "x", "cat", 0.4), ("a", "x", "dog", 0.6), ("b", "x", "cat", 1.0)])
    facts = facts_of(samples, votes, aside("hidden", "hidden", "symlink"), Classification())
    assert facts == {
        "num_samples": 3,
        "num_unlabelled": 1,
        "num_set_aside": 3,
        "labels": {"cat": 1, "dog": 1},
        "set_aside": {"hidden": 2, "symlink": 1},
        "attributes": {"site": {"n": 2}},
    }


def test_an_attribute_of_many_values_is_counted():
    names = [f"{number:02}" for number in range(13)]
    facts = facts_of(samples_table(names, {"patient": names}), votes_table([]), NOTHING, Classification())
    assert facts["attributes"] == {"patient": {"num_values": 13}}


def test_reasons_and_labels_that_look_alike_are_noted():
    labels = ("Cat", "cat", "cat ", "dog", "caf\u00e9", "cafe\u0301")
    votes = votes_table([(f"{number}", "x", label, 1.0) for number, label in enumerate(labels)])
    assert notes_of(aside("hidden"), votes, Classification()) == [
        "set aside: 1 x hidden",
        "labels that look alike are different classes: 'Cat', 'cat', 'cat '",
        "labels that look alike are different classes: 'cafe\u0301', 'caf\u00e9'",
    ]
    assert notes_of(NOTHING, votes_table([("1", "x", "cat", 1.0)]), Classification()) == []


def test_of_several_labels_a_sample_counts_for_each_class_and_who_has_none_is_told():
    samples = samples_table(["a", "b", "c", "d"], {})
    votes = votes_table([("a", "x", "dust|rust", 1.0), ("b", "x", "", 1.0), ("c", "x", "Dust", 1.0)])
    facts = facts_of(samples, votes, NOTHING, MultiLabel())
    assert facts["labels"] == {"Dust": 1, "dust": 1, "rust": 1}
    assert (facts["num_unlabelled"], facts["num_without_class"]) == (1, 1)
    (note,) = notes_of(NOTHING, votes, MultiLabel())
    assert note == "labels that look alike are different classes: 'Dust', 'dust'"
