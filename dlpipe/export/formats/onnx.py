"""ONNX, which ONNX Runtime and most other engines read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dlpipe.export.formats import Format

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from torch import nn


class Onnx(Format):
    """One `model.onnx` of opset 18 for any batch size; what predict, serve and evaluate run."""

    def write(self, network: nn.Module, example: np.ndarray[Any, Any], out: Path) -> None:
        from dlpipe.graph.write import write_graph

        write_graph(network, example, ("outputs", "features"), out / "model.onnx")
