"""What is learnt: how labels become numbers and back, and the network's last layer."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from dlpipe.core.plugin import Plugin

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from torch import nn


class Task(Plugin, package="dlpipe.tasks"):
    """A kind of question about a sample."""

    several: ClassVar[bool] = False
    """Whether a sample may have any number of the classes, none included. Its label is then text like `dust|rust`, empty
    for none; targets and answers are (n, K), a probability is one for each class by itself, and has a threshold each."""

    def written(self, label: str) -> str:
        """A label as tables hold it, however a person wrote it."""
        return label

    def names(self, label: str) -> list[str]:
        """The classes that a label names."""
        return [label]

    def joined(self, names: Sequence[str]) -> str:
        """The label that names these classes; the inverse of `names`."""
        (name,) = names
        return name

    @abstractmethod
    def classes(self, labels: pl.Series) -> list[str]:
        """Names of the classes in the order of the network's outputs.

        Raises:
            DlpipeError: the labels cannot be learnt (one class only, an unknown label).
        """

    @abstractmethod
    def encode(self, labels: pl.Series, classes: Sequence[str]) -> np.ndarray[Any, Any]:
        """Labels as targets. Shape (n,), class indices; where a sample may have several, (n, K), 1 where it has the class."""

    @abstractmethod
    def decode(self, targets: np.ndarray[Any, Any], classes: Sequence[str]) -> list[str]:
        """Targets as labels; the inverse of `encode`."""

    @abstractmethod
    def head(self, num_features: int, num_classes: int) -> nn.Module:
        """The network's last layer. (B, F) → (B, K)."""

    @abstractmethod
    def positive(self, classes: Sequence[str]) -> int | None:
        """Index of the class that is looked for where there are two; None where there are more."""
