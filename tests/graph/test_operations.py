from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from onnx import TensorProto, helper
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from dlpipe.graph.operations import count
from dlpipe.graph.write import write_graph
from tests.exported import random_pictures, small_network, small_onnx


def torchs_macs(network: nn.Module, example: np.ndarray[Any, Any]) -> int:
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        network(torch.from_numpy(example))
    return counter.get_total_flops() // 2


def test_counts_what_torch_counts() -> None:
    found = count(small_onnx())
    assert found.macs == torchs_macs(small_network(), random_pictures(1))
    assert found.reason is None
    assert sum(found.by_operator.values()) == found.macs
    assert found.num_parameters >= sum(weights.numel() for weights in small_network().parameters())


class Attention(nn.Module):
    """Products of three and four axes, groups and a transposed convolution."""

    def __init__(self) -> None:
        super().__init__()
        self.cut = nn.Conv2d(4, 8, 4, stride=4, groups=2)
        self.up = nn.ConvTranspose2d(8, 4, 2, stride=2)
        self.query, self.key = nn.Linear(8, 8), nn.Linear(8, 8)

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        parts = self.cut(pictures.float())
        tokens = parts.flatten(2).transpose(1, 2)
        weights = self.query(tokens) @ self.key(tokens).transpose(1, 2)
        return (weights.softmax(-1) @ tokens).flatten(1).sum(1, keepdim=True) + self.up(parts).sum(dim=(1, 2, 3))[
            :, None
        ]


def test_counts_attention_groups_and_transposed_convolutions(tmp_path) -> None:
    network = Attention().eval()
    example = np.zeros((2, 4, 16, 16), dtype=np.uint8)
    write_graph(network, example, ("outputs",), tmp_path / "model.onnx")
    assert count((tmp_path / "model.onnx").read_bytes()).macs == torchs_macs(network, example[:1])


def test_a_shape_that_does_not_follow_is_said_and_not_counted_as_nothing() -> None:
    nodes = [
        helper.make_node("Reshape", ["x", "shape"], ["y"]),
        helper.make_node("MatMul", ["y", "w"], ["z"], name="m"),
    ]
    graph = helper.make_graph(
        nodes,
        "g",
        [
            helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 4]),
            helper.make_tensor_value_info("shape", TensorProto.INT64, [2]),
        ],
        [helper.make_tensor_value_info("z", TensorProto.FLOAT, None)],
        [helper.make_tensor("w", TensorProto.FLOAT, [4, 4], np.zeros(16, np.float32))],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)])
    found = count(model.SerializeToString())
    assert found.macs is None
    assert found.reason is not None
    assert "MatMul 'm'" in found.reason


@pytest.mark.parametrize("transposed", (0, 1))
def test_gemm_may_read_its_left_side_transposed(transposed: int) -> None:
    left = [4, 1] if transposed else [1, 4]
    node = helper.make_node("Gemm", ["x", "w"], ["y"], transA=transposed)
    graph = helper.make_graph(
        [node],
        "g",
        [helper.make_tensor_value_info("i", TensorProto.FLOAT, ["batch", 1])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 3])],
        [
            helper.make_tensor("x", TensorProto.FLOAT, left, np.zeros(4, np.float32)),
            helper.make_tensor("w", TensorProto.FLOAT, [4, 3], np.zeros(12, np.float32)),
        ],
    )
    content = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)]).SerializeToString()
    assert count(content).macs == 12
