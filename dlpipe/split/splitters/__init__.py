"""Ways to assign samples to train, val and test."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dlpipe.core.plugin import Plugin

if TYPE_CHECKING:
    import polars as pl

SPLITS = ("train", "val", "test")


@dataclass(frozen=True)
class Wish:
    """What the pipeline asks of a split."""

    fractions: tuple[float, float, float]
    """Shares of train, val and test; they sum to 1."""
    seed: int


@dataclass(frozen=True)
class Assignment:
    """What a splitter gives."""

    splits: list[str | None]
    """One of `SPLITS` a sample, None where the sample is in none."""
    shortfalls: list[str] = field(default_factory=list[str])
    """What could not be satisfied, in numbers."""


class Splitter(Plugin, package="dlpipe.split.splitters"):
    """A way to assign labelled samples to train, val and test."""

    @abstractmethod
    def assign(self, samples: pl.DataFrame, wish: Wish) -> Assignment:
        """One of train, val, test for each labelled sample, whatever the order of rows.

        Raises:
            DlpipeError: impossible on these samples (exit 3), with numbers.
        """
