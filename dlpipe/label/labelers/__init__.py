"""Ways from votes to one label a sample."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

from dlpipe.core.plugin import Plugin

if TYPE_CHECKING:
    import polars as pl


class Labeler(Plugin, package="dlpipe.label.labelers"):
    """A way from votes to labels."""

    @abstractmethod
    def label(self, samples: pl.DataFrame, votes: pl.DataFrame) -> pl.DataFrame:
        """Columns `id`, `label`, `label_confidence` in [0, 1], `label_origin`; samples without a label are left out."""
