"""What every splitter must do, run over every file of the folder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.plugin import find, names, summary
from dlpipe.split.splitters import SPLITS, Splitter, Wish
from dlpipe.split.together import assign_together, parted
from tests.split.population import WISH, population

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

EVERY = pytest.mark.parametrize("name", names(Splitter))
COLUMNS = {"by": "patient", "column": "official"}
"""Columns of the population that required settings may name."""
GIVEN = {name for name in names(Splitter) if find(Splitter, name).is_given}
"""Splitters that follow facts and not the seed."""


def made(name: str) -> Splitter:
    fields: dict[str, FieldInfo] = find(Splitter, name).model_fields
    columns = {**COLUMNS, "column": "taken"} if name == "time" else COLUMNS
    needed: dict[str, Any] = {field: columns[field] for field, info in fields.items() if info.is_required()}
    return find(Splitter, name)(**needed)


@EVERY
def test_it_says_what_it_is_and_what_its_settings_are(name: str):
    splitter = find(Splitter, name)
    assert summary(splitter).endswith(".")
    assert all(field.description for field in splitter.model_fields.values())


@EVERY
def test_every_sample_is_in_a_split_or_in_none(name: str):
    samples = population()
    assignment = made(name).assign(samples, WISH)
    assert len(assignment.splits) == samples.height
    assert set(assignment.splits) <= {*SPLITS, None}
    assert set(SPLITS) <= set(assignment.splits)


@EVERY
def test_shares_are_near_to_what_it_aims_at(name: str):
    samples, splitter = population(1000, 100), made(name)
    wish = Wish((0.6, 0.2, 0.2), 3)
    splits = splitter.assign(samples, wish).splits
    shares = np.array([splits.count(split) for split in SPLITS]) / samples.height
    wished = splitter.wished(wish)
    if wished is None:
        assert name == "predefined"
    else:
        assert sum(wished) == pytest.approx(1)
        np.testing.assert_allclose(shares, wished, atol=0.05)


@EVERY
def test_the_order_of_rows_does_not_matter(name: str):
    samples, splitter = population(), made(name)
    order = np.random.default_rng(1).permutation(samples.height)
    straight = splitter.assign(samples, WISH)
    shuffled = splitter.assign(samples[order], WISH)
    assert shuffled.splits == [straight.splits[place] for place in order]
    assert shuffled.notes == straight.notes


@EVERY
def test_another_seed_gives_another_split_and_the_same_one_the_same(name: str):
    samples, splitter = population(), made(name)
    first = splitter.assign(samples, WISH).splits
    assert splitter.assign(samples, WISH).splits == first
    other = splitter.assign(samples, Wish(WISH.fractions, 1)).splits
    assert (other == first) == (name in GIVEN)


@EVERY
def test_no_samples_are_no_trouble(name: str):
    assignment = made(name).assign(population().clear(), WISH)
    assert assignment.splits == []


@EVERY
def test_a_column_that_is_not_there_is_said_with_the_nearest(name: str):
    named = {field for field in find(Splitter, name).model_fields if field in {"by", "column", "stratify"}}
    for field in sorted(named):
        wrong: Any = ["ptient"] if field == "stratify" else "ptient"
        settings = {**made(name).model_dump(), field: wrong}
        if name == "k_fold" and field == "stratify":
            settings["by"] = None
        with pytest.raises(
            DlpipeError, match=rf"split\.splitter\.{field}: .*'ptient'; did you mean 'patient'"
        ) as caught:
            find(Splitter, name)(**settings).assign(population(), WISH)
        assert caught.value.exit_code == Exit.INPUT


GROUPING = [name for name in names(Splitter) if "by" in find(Splitter, name).model_fields]


@pytest.mark.parametrize("name", GROUPING)
def test_groups_stay_whole_where_a_splitter_has_them(name: str):
    settings = {**made(name).model_dump(), "by": "patient"}
    samples = population()
    splits = find(Splitter, name)(**settings).assign(samples, WISH).splits
    held = samples.with_columns(pl.Series("split", splits)).group_by("patient").agg(pl.col("split").n_unique())
    assert held["split"].max() == 1


@EVERY
def test_copies_stay_together_and_nobody_is_lost(name: str):
    samples = population()
    cluster = np.arange(samples.height)
    cluster[[3, 77, 200]] = 3
    cluster[[10, 11]] = 10
    _, cluster = np.unique(cluster, return_inverse=True)
    assignment = assign_together(made(name), samples, cluster, WISH)
    assert len(assignment.splits) == samples.height
    assert parted(assignment.splits, cluster) == 0
    assert set(SPLITS) <= set(assignment.splits)
    if name not in GIVEN:
        assert None not in assignment.splits
    order = np.random.default_rng(1).permutation(samples.height)
    shuffled = assign_together(made(name), samples[order], cluster[order], WISH)
    assert shuffled.splits == [assignment.splits[place] for place in order]
