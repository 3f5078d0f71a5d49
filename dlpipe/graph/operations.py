"""How much a network computes for one sample: multiply-accumulates, counted from its ONNX graph."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from onnx import ModelProto, NodeProto

Shape = tuple[int, ...]

_Count = Callable[["NodeProto", Sequence[Shape], Shape], int]
"""Node, shapes of its inputs, shape of its output → multiply-accumulates."""


@dataclass(frozen=True)
class Operations:
    """What one forward pass of one sample costs."""

    macs: int | None
    """Multiply-accumulates of convolutions and matrix products; null where one of their shapes does not follow."""
    reason: str | None
    """Why there is no number."""
    by_operator: dict[str, int]
    num_parameters: int
    """Numbers that the file holds: weights, and constants beside them."""


def count(content: bytes) -> Operations:
    """Counts over the bytes of an ONNX file. Activations, normalisations and poolings are left out, as is usual."""
    import onnx

    model = onnx.load_model_from_string(content)
    parameters = sum(math.prod(tensor.dims) for tensor in model.graph.initializer)
    shapes = _shapes(model)
    found: Counter[str] = Counter()
    for node in _nodes(model):
        if node.op_type not in _COUNTED:
            continue
        given = [shapes.get(name) for name in (*node.input[:2], node.output[0])]
        if any(shape is None for shape in given):
            reason = f"the shapes of {node.op_type} '{node.name}' do not follow from the graph"
            return Operations(None, reason, dict(found), parameters)
        left, right, out = (shape for shape in given if shape is not None)
        found[node.op_type] += _COUNTED[node.op_type](node, (left, right), out)
    return Operations(sum(found.values()), None, dict(sorted(found.items())), parameters)


def _nodes(model: ModelProto) -> list[NodeProto]:
    """The nodes of the graph; functions of torch's exporter are written out already."""
    return list(model.graph.node)


def _shapes(model: ModelProto) -> Mapping[str, Shape]:
    """Every tensor whose shape follows, for a batch of one."""
    import onnx

    for value in model.graph.input:
        value.type.tensor_type.shape.dim[0].dim_value = 1  # which also takes away the name `batch`
    del model.graph.value_info[:]
    for value in model.graph.output:
        value.type.tensor_type.ClearField("shape")
    inferred = onnx.shape_inference.infer_shapes(model, data_prop=True)
    graph = inferred.graph
    found: dict[str, Shape] = {tensor.name: tuple(tensor.dims) for tensor in graph.initializer}
    for value in (*graph.input, *graph.value_info, *graph.output):
        tensor = value.type.tensor_type
        if tensor.HasField("shape") and all(part.HasField("dim_value") for part in tensor.shape.dim):
            found[value.name] = tuple(part.dim_value for part in tensor.shape.dim)
    return found


def _convolution(_node: NodeProto, given: Sequence[Shape], out: Shape) -> int:
    """Each output value is a sum over a kernel: (out channels, in channels / groups, *kernel)."""
    return math.prod(out) * math.prod(given[1][1:])


def _transposed(_node: NodeProto, given: Sequence[Shape], _out: Shape) -> int:
    """Each input value is spread over a kernel: (in channels, out channels / groups, *kernel)."""
    return math.prod(given[0]) * math.prod(given[1][1:])


def _gemm(node: NodeProto, given: Sequence[Shape], out: Shape) -> int:
    return math.prod(out) * given[0][0 if _attribute(node, "transA", 0) else 1]


def _matmul(_node: NodeProto, given: Sequence[Shape], out: Shape) -> int:
    return math.prod(out) * given[0][-1]


def _attribute(node: NodeProto, name: str, default: Any) -> Any:
    import onnx

    return next((onnx.helper.get_attribute_value(one) for one in node.attribute if one.name == name), default)


_COUNTED: Mapping[str, _Count] = {
    "Conv": _convolution,
    "ConvTranspose": _transposed,
    "Gemm": _gemm,
    "MatMul": _matmul,
}
