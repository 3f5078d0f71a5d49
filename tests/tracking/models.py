"""An exported network so small that it can be computed by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

WEIGHTS = np.array([[1, 0], [0, 1], [1, 1]], np.float32)


def write_onnx(path: Path, *, bias: float = 0.0, size_px: int = 4) -> None:
    """A network of uint8 (batch, 3, size, size) → outputs (batch, 2), features (batch, 3)."""
    from onnx import TensorProto, helper, numpy_helper, save

    weights = WEIGHTS + np.float32(bias)
    nodes = [
        helper.make_node("Cast", ["inputs"], ["floats"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["floats", "axes"], ["features"], keepdims=0),
        helper.make_node("MatMul", ["features", "weights"], ["outputs"]),
    ]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("inputs", TensorProto.UINT8, ["batch", 3, size_px, size_px])],
        [
            helper.make_tensor_value_info("outputs", TensorProto.FLOAT, ["batch", 2]),
            helper.make_tensor_value_info("features", TensorProto.FLOAT, ["batch", 3]),
        ],
        [numpy_helper.from_array(weights, "weights"), numpy_helper.from_array(np.array([2, 3], np.int64), "axes")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    path.parent.mkdir(parents=True, exist_ok=True)
    save(model, str(path))


def pictures(count: int = 2, size_px: int = 4) -> np.ndarray[Any, Any]:
    """Inputs that differ from each other: shape (count, 3, size, size) uint8."""
    return (np.arange(count * 3 * size_px * size_px) % 251).astype(np.uint8).reshape(count, 3, size_px, size_px)


def answers(inputs: np.ndarray[Any, Any]) -> dict[str, np.ndarray[Any, Any]]:
    """What the network says of them."""
    features = inputs.mean(axis=(2, 3), dtype=np.float32)
    return {"outputs": features @ WEIGHTS, "features": features}
