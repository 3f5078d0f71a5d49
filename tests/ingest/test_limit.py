from __future__ import annotations

from collections import Counter

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from dlpipe.ingest.limit import spread
from dlpipe.ingest.tables import samples_table, votes_table


def make(counts: dict[tuple[str, str], int]) -> tuple[pl.DataFrame, pl.DataFrame]:
    rows = [(f"{label}/{site}/{number:04}", label, site) for (label, site), n in counts.items() for number in range(n)]
    paths = [path for path, _, _ in rows]
    return samples_table(paths, {"site": [site for *_, site in rows]}), votes_table(
        [(path, "x", label, 1.0) for path, label, _ in rows if label != "none"]
    )


def test_rare_labels_and_groups_are_there():
    counts = {("cat", "n"): 1000, ("cat", "s"): 5, ("dog", "n"): 40, ("none", "n"): 100}
    chosen = spread(*make(counts), 40, ["site"], 0)
    kinds = Counter(tuple(path.split("/")[:2]) for path in chosen["id"])
    assert sum(kinds.values()) == 40
    assert kinds["cat", "s"] == 5
    assert max(kinds.values()) - min(n for kind, n in kinds.items() if kind != ("cat", "s")) <= 1


@given(st.integers(1, 60), st.integers(0, 3))
def test_size_order_and_repetition(limit: int, seed: int):
    samples, votes = make({("cat", "n"): 20, ("dog", "s"): 10})
    chosen = spread(samples, votes, limit, ["site", "unknown"], seed)
    assert chosen.height == min(limit, 30)
    assert chosen.columns == samples.columns
    assert chosen["id"].to_list() == [sample for sample in samples["id"] if sample in set(chosen["id"])]
    shuffled = spread(samples.sample(fraction=1, shuffle=True, seed=1), votes.reverse(), limit, ["site"], seed)
    assert sorted(shuffled["id"]) == sorted(chosen["id"])


def test_a_larger_limit_keeps_what_a_smaller_one_took():
    samples, votes = make({("cat", "n"): 50, ("dog", "s"): 50})
    small, large = (set(spread(samples, votes, limit, [], 0)["id"]) for limit in (20, 40))
    assert small < large


def test_nothing_stays_nothing():
    samples, votes = make({})
    assert spread(samples, votes, 20, [], 0).is_empty()
