"""What every labeler must do, run over every file of the folder."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from dlpipe.core.plugin import find, names, summary
from dlpipe.core.table import VOTE_COLUMNS
from dlpipe.label.labelers import Labeler

EVERY = pytest.mark.parametrize("name", names(Labeler))
COLUMNS = {"id", "label", "label_confidence", "label_origin"}


def voted(count: int = 60) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Samples with one to four votes each, some with none."""
    random = np.random.default_rng(0)
    ids = [f"{number:03}" for number in range(count)]
    rows = [
        (sample_id, f"a{annotator}", random.choice(["cat", "dog", "eel"]).item(), float(random.integers(1, 4)))
        for number, sample_id in enumerate(ids)
        for annotator in range(number % 5)
    ]
    return pl.DataFrame({"id": ids, "path": ids, "digest": ids}), pl.DataFrame(rows, schema=VOTE_COLUMNS, orient="row")


@EVERY
def test_it_says_what_it_is_and_what_its_settings_are(name: str):
    labeler = find(Labeler, name)
    assert summary(labeler).endswith(".")
    assert all(field.description for field in labeler.model_fields.values())


@EVERY
def test_labels_are_ones_that_somebody_gave_with_confidence_in_range(name: str):
    samples, votes = voted()
    labels = find(Labeler, name)().label(samples, votes)
    assert set(labels.columns) == COLUMNS
    assert labels["id"].n_unique() == labels.height > 0
    assert set(labels["id"]) <= set(votes["id"])
    assert labels["label_confidence"].is_between(0, 1).all()
    assert labels.null_count().sum_horizontal().item() == 0
    given = set(votes.select("id", "label").iter_rows())
    assert set(labels.select("id", "label").iter_rows()) <= given


@EVERY
def test_the_order_of_rows_does_not_matter(name: str):
    samples, votes = voted()
    labeler = find(Labeler, name)()
    straight = labeler.label(samples, votes).select(sorted(COLUMNS)).sort("id")
    shuffled = labeler.label(
        samples.sample(fraction=1, shuffle=True, seed=1), votes.sample(fraction=1, shuffle=True, seed=2)
    )
    assert straight.equals(shuffled.select(sorted(COLUMNS)).sort("id"))


@EVERY
def test_no_votes_and_no_samples_are_no_trouble(name: str):
    samples, votes = voted()
    labeler = find(Labeler, name)()
    for some, said in ((samples, votes.clear()), (samples.clear(), votes.clear()), (samples.clear(), votes)):
        labels = labeler.label(some, said)
        assert (labels.height, set(labels.columns)) == (0, COLUMNS)
