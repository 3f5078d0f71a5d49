"""What is learnt: how labels become numbers and back, and the network's last layer."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from dlpipe.core.plugin import Plugin

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from torch import nn


class Task(Plugin, package="dlpipe.tasks"):
    """A kind of question about a sample."""

    @abstractmethod
    def classes(self, labels: pl.Series) -> list[str]:
        """Names of the classes in the order of the network's outputs.

        Raises:
            DlpipeError: the labels cannot be learnt (one class only, an unknown label).
        """

    @abstractmethod
    def encode(self, labels: pl.Series, classes: Sequence[str]) -> np.ndarray[Any, Any]:
        """Labels as targets. Shape (n,)."""

    @abstractmethod
    def decode(self, targets: np.ndarray[Any, Any], classes: Sequence[str]) -> list[str]:
        """Targets as labels; the inverse of `encode`."""

    @abstractmethod
    def head(self, num_features: int, num_classes: int) -> nn.Module:
        """The network's last layer. (B, F) → (B, K)."""

    @abstractmethod
    def positive(self, classes: Sequence[str]) -> int | None:
        """Index of the class that is looked for where there are two; None where there are more."""
