"""Samples that must stay together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.split.splitters import SPLITS
from dlpipe.split.strata import column, numbered

if TYPE_CHECKING:
    import polars as pl

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Groups:
    """The group of every sample."""

    by: str
    names: list[str]
    """Sorted."""
    of: Array
    """Shape (n,), indices into `names`."""
    num_alone: int
    """Samples without a value; each is a group of its own."""

    def counts(self, stratum: Array, num_strata: int) -> Array:
        """Samples of each stratum in each group, shape (G, S)."""
        places = self.of * num_strata + stratum
        return np.bincount(places, minlength=len(self.names) * num_strata).reshape(len(self.names), num_strata)

    def notes(self) -> list[str]:
        """What a person should know of samples without a group."""
        if not self.num_alone:
            return []
        return [f"{self.num_alone} samples have no '{self.by}': each was taken for a group of its own"]


def groups(samples: pl.DataFrame, by: str, at_least: int = len(SPLITS)) -> Groups:
    """Groups by the values of one column.

    Raises:
        DlpipeError: the column is missing, or it has fewer than `at_least` groups (exit 3).
    """
    import polars as pl

    values = column(samples, by, "by").alias("group")
    # a NUL keeps the name of a sample without a value apart from every value
    keys = pl.DataFrame([values, samples["id"]]).select(pl.coalesce("group", pl.lit("\0") + pl.col("id")))
    of, known = numbered(keys)
    names = known["group"].to_list()
    if samples.height and len(names) < at_least:
        raise _too_few(samples, by, dict(zip(names, np.bincount(of).tolist(), strict=True)), at_least)
    return Groups(by, names, of, values.null_count())


def _too_few(samples: pl.DataFrame, by: str, sizes: dict[str, int], at_least: int) -> DlpipeError:
    from dlpipe.split.reachable import finer

    shown = ", ".join(f"'{name}' with {size}" for name, size in sizes.items())
    what = "train, val and test" if at_least == len(SPLITS) else f"{at_least} folds"
    problem = f"'{by}' has {len(sizes)} group{'s' * (len(sizes) > 1)} ({shown} samples): no way to fill {what}"
    return DlpipeError(problem, f"{finer(samples, at_least)}, or use {{name: stratified}}", Exit.NO)
