"""Labelled samples for tests of splitters."""

from __future__ import annotations

import numpy as np
import polars as pl

from dlpipe.split.splitters import Wish

WISH = Wish((0.7, 0.15, 0.15), seed=0)


def population(count: int = 400, num_groups: int = 40, seed: int = 0) -> pl.DataFrame:
    """Samples in groups of unequal sizes with unequal labels, as patients have; some attributes are unknown."""
    random = np.random.default_rng(seed)
    group = random.integers(0, num_groups, count) ** 2 // num_groups
    rate = random.uniform(0.1, 0.6, num_groups)
    label = np.where(random.random(count) < rate[group], "ill", "well")
    site = [None if number % 17 == 0 else f"site {number % 3}" for number in range(count)]
    given = random.choice(["train", "train", "train", "val", "test"], count)
    ids = [f"{number:05}" for number in range(count)]
    return pl.DataFrame(
        {
            "id": ids,
            "path": ids,
            "digest": ids,
            "patient": [f"p{number:02}" for number in group],
            "site": site,
            "official": given,
            "taken": [f"2024-{1 + number % 12:02}-{1 + number % 28:02}" for number in range(count)],
            "label": label,
        }
    )


def counted(samples: pl.DataFrame, splits: list[str | None]) -> dict[str, int]:
    counts = samples.select(pl.Series("split", splits))["split"].value_counts()
    return dict(counts.iter_rows())
