"""Ways to assign samples to train, val and test."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from dlpipe.core.plugin import Plugin

if TYPE_CHECKING:
    import polars as pl

    from dlpipe.tasks import Task

SPLITS = ("train", "val", "test")

Fractions = tuple[float, float, float]
"""Shares of train, val and test; they sum to 1."""


@dataclass(frozen=True)
class Wish:
    """What the pipeline asks of a split."""

    fractions: Fractions
    seed: int
    task: Task | None = None
    """What the column `label` is; None: each label is one class."""


@dataclass(frozen=True)
class Assignment:
    """What a splitter gives."""

    splits: list[str | None]
    """One of `SPLITS` a sample, None where the sample is in none."""
    notes: list[str] = field(default_factory=list[str])
    """What else it could not satisfy, in numbers; the stage says by itself which shares were missed."""
    folds: list[int] | None = None
    """The fold of each sample, from 0, for a splitter that makes folds."""


class Splitter(Plugin, package="dlpipe.split.splitters"):
    """A way to assign labelled samples to train, val and test.

    Copies of one another stay on one side whatever the splitter: the stage shows it each cluster of copies as one
    sample, or, where it keeps groups whole, with one group (`dlpipe.split.together`).
    """

    is_given: ClassVar[bool] = False
    """True where a fact of each sample says its split: copies on several sides then leave all but the last of them."""

    @abstractmethod
    def assign(self, samples: pl.DataFrame, wish: Wish) -> Assignment:
        """One of train, val, test for each labelled sample, whatever the order of rows.

        Raises:
            DlpipeError: impossible on these samples (exit 3), with numbers.
        """

    @property
    def kept_whole(self) -> str | None:
        """The column whose equal values stay together."""
        return getattr(self, "by", None)

    @property
    def evened(self) -> list[str]:
        """Columns whose combinations should have the wished shares of every split."""
        return getattr(self, "stratify", None) or []

    def wished(self, wish: Wish) -> Fractions | None:
        """The shares that this splitter aims at; None where it aims at none."""
        return wish.fractions
