from __future__ import annotations

import polars as pl

from dlpipe.split.splitters import Wish
from dlpipe.split.splitters.hashed import Hashed
from tests.split.population import WISH, population


def assigned(samples: pl.DataFrame, splitter: Hashed, wish: Wish = WISH) -> dict[str, str | None]:
    return dict(zip(samples["id"].to_list(), splitter.assign(samples, wish).splits, strict=True))


def test_nothing_moves_when_samples_are_added_or_labels_change():
    samples = population(1000)
    few = assigned(samples[:300], Hashed())
    all_of_them = assigned(samples.with_columns(label=pl.lit("other")), Hashed())
    assert few.items() <= all_of_them.items()


def test_few_move_when_the_fractions_change():
    samples = population(2000)
    first, second = assigned(samples, Hashed()), assigned(samples, Hashed(), Wish((0.75, 0.125, 0.125), 0))
    assert sum(first[one] != second[one] for one in first) < 0.12 * 2000


def test_shares_come_out_by_the_law_of_large_numbers():
    splits = list(assigned(population(5000), Hashed()).values())
    assert abs(splits.count("train") / 5000 - 0.7) < 0.02
    assert abs(splits.count("test") / 5000 - 0.15) < 0.02


def test_a_known_sample_stays_where_it_is_in_every_version():
    samples = pl.DataFrame({"id": [f"cats/{number}.png" for number in range(12)]})
    expected = {1: "test", 4: "val", 7: "val"}
    assert Hashed().assign(samples, WISH).splits == [expected.get(number, "train") for number in range(12)]


def test_samples_without_a_group_are_their_own_and_counted():
    samples = population(2000)
    assignment = Hashed(by="site").assign(samples, WISH)
    alone = samples["site"].is_null()
    assert f"{alone.sum()} samples have no 'site'" in assignment.notes[-1]
    assert len(set(pl.Series(assignment.splits).filter(alone))) == 3
