"""File formats of exported networks."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

from dlpipe.core.plugin import Plugin

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from torch import nn


class Format(Plugin, package="dlpipe.export.formats"):
    """A file format of networks."""

    @abstractmethod
    def write(self, network: nn.Module, example: np.ndarray[Any, Any], out: Path) -> None:
        """Writes the network into folder `out`, any batch size, same bytes for same weights.

        `example` has shape (B, *example_shape), B ≥ 2. Outputs are `outputs` (B, K) logits and `features` (B, F).
        """
