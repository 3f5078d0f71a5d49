from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from torch import nn

import dlpipe
from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.graph import parts
from dlpipe.graph.write import OPSET, write_graph
from tests.exported import random_pictures, small_network, small_onnx

OUTPUTS = ("outputs", "features")
EXAMPLE = np.zeros((2, 3, 32, 32), dtype=np.uint8)


def test_same_bytes_from_another_folder_another_time_and_another_example(tmp_path: Path) -> None:
    folder = tmp_path / "somewhere" / "else"
    folder.mkdir(parents=True)
    write_graph(small_network(), random_pictures(5), OUTPUTS, folder / "model.onnx")
    assert (folder / "model.onnx").read_bytes() == small_onnx()


def test_no_path_of_this_machine_stands_in_the_file() -> None:
    content = small_onnx()
    for trace in (str(Path(dlpipe.__file__).parents[1]), "site-packages", ".py", "Traceback", str(Path.home())):
        assert trace.encode() not in content


def test_nothing_that_torch_says_of_the_export_is_left() -> None:
    model = onnx.load_model_from_string(small_onnx())
    left = [
        part for part in parts(model) if getattr(part, "doc_string", "") or len(getattr(part, "metadata_props", ()))
    ]
    assert left == []
    assert (model.producer_name, model.producer_version) == ("dlpipe", "")


def test_input_outputs_and_opset_are_as_stated() -> None:
    model = onnx.load_model_from_string(small_onnx(3))
    onnx.checker.check_model(model, full_check=True)
    assert [(opset.domain, opset.version) for opset in model.opset_import] == [("", OPSET)]
    (given,) = model.graph.input
    assert (given.name, given.type.tensor_type.elem_type) == ("inputs", onnx.TensorProto.UINT8)
    shapes = {
        value.name: [dim.dim_param or dim.dim_value for dim in value.type.tensor_type.shape.dim]
        for value in (given, *model.graph.output)
    }
    assert shapes == {"inputs": ["batch", 3, 32, 32], "outputs": ["batch", 3], "features": ["batch", 4]}


def test_the_memory_layout_of_training_does_not_show_and_the_network_is_left_alone(tmp_path: Path) -> None:
    network = small_network().to(memory_format=torch.channels_last).train()
    write_graph(network, EXAMPLE, OUTPUTS, tmp_path / "model.onnx")
    assert (tmp_path / "model.onnx").read_bytes() == small_onnx()
    assert network.training
    convolution = next(module for module in network.modules() if isinstance(module, nn.Conv2d))
    assert convolution.weight.is_contiguous(memory_format=torch.channels_last)


def test_an_example_of_one_would_fix_the_batch_size(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="2 samples at least"):
        write_graph(small_network(), EXAMPLE[:1], OUTPUTS, tmp_path / "model.onnx")


def test_a_network_that_cannot_be_a_graph_is_refused(tmp_path: Path) -> None:
    class Fickle(nn.Module):
        def forward(self, inputs: torch.Tensor) -> torch.Tensor:
            return inputs.float() if inputs.sum().item() > 3 else inputs.float() * 2

    with pytest.raises(DlpipeError, match="cannot write this network as ONNX") as caught:
        write_graph(Fickle(), EXAMPLE, ("outputs",), tmp_path / "model.onnx")
    assert caught.value.exit_code == Exit.NO
    assert not (tmp_path / "model.onnx").exists()
