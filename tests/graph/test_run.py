from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.graph.run import BATCH_SIZE, Graph, refuse_other_files
from tests.exported import random_pictures, small_onnx

WHERE = Path("model.onnx")


def outside_tensor(name: str, location: str) -> TensorProto:
    tensor = TensorProto(name=name, data_type=TensorProto.FLOAT, dims=[4], data_location=TensorProto.EXTERNAL)
    tensor.external_data.add(key="location", value=location)
    return tensor


def model_of(*nodes: Any, initializers: tuple[Any, ...] = (), sparse: tuple[Any, ...] = ()) -> bytes:
    value = helper.make_tensor_value_info("y", TensorProto.FLOAT, [4])
    graph = helper.make_graph(list(nodes), "g", [], [value], list(initializers), sparse_initializer=list(sparse))
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)]).SerializeToString()


def dense(location: str) -> bytes:
    return model_of(helper.make_node("Identity", ["w"], ["y"]), initializers=(outside_tensor("w", location),))


def constant(location: str) -> bytes:
    return model_of(helper.make_node("Constant", [], ["y"], value=outside_tensor("w", location)))


def sparse(location: str) -> bytes:
    kept = onnx.SparseTensorProto(dims=[4])
    kept.values.CopyFrom(outside_tensor("w", location))
    kept.indices.CopyFrom(helper.make_tensor("i", TensorProto.INT64, [4], [0, 1, 2, 3]))
    return model_of(helper.make_node("Identity", ["w"], ["y"]), sparse=(kept,))


def in_a_branch(location: str) -> bytes:
    value = helper.make_tensor_value_info("b", TensorProto.FLOAT, [4])
    inner = helper.make_node("Constant", [], ["b"], value=outside_tensor("w", location))
    branch = helper.make_graph([inner], "branch", [], [value])
    chooser = helper.make_node("Constant", [], ["c"], value=helper.make_tensor("t", TensorProto.BOOL, [], [True]))
    return model_of(chooser, helper.make_node("If", ["c"], ["y"], then_branch=branch, else_branch=branch))


@pytest.mark.parametrize("location", ("../secret", "/etc/passwd", "a/../../secret", "weights.bin"))
@pytest.mark.parametrize("make", (dense, constant, sparse, in_a_branch))
def test_no_other_file_is_ever_read(make: Any, location: str) -> None:
    with pytest.raises(DlpipeError, match="external data") as caught:
        refuse_other_files(make(location), WHERE)
    assert caught.value.exit_code == Exit.INTEGRITY


def test_a_location_that_says_nothing_is_refused_too() -> None:
    tensor = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[1], data_location=TensorProto.EXTERNAL)
    content = model_of(helper.make_node("Identity", ["w"], ["y"]), initializers=(tensor,))
    with pytest.raises(DlpipeError, match="external data"):
        refuse_other_files(content, WHERE)


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_opened_or_refused(content: bytes) -> None:
    try:
        Graph(content, WHERE)
    except DlpipeError as error:
        assert error.exit_code == Exit.INTEGRITY  # noqa: PT017 - either is right


def test_a_cut_file_is_refused() -> None:
    with pytest.raises(DlpipeError) as caught:
        Graph(small_onnx()[:-100], WHERE)
    assert caught.value.exit_code == Exit.INTEGRITY


def test_it_knows_its_outputs() -> None:
    graph = Graph(small_onnx(3), WHERE)
    assert graph.outputs == ("outputs", "features")
    assert (graph.length("outputs"), graph.length("features")) == (3, 4)
    assert graph.example_shape == (3, 32, 32)


@settings(deadline=None, max_examples=20)
@given(st.lists(st.integers(1, 8), min_size=1, max_size=5))
def test_an_answer_does_not_depend_on_the_batch(sizes: list[int]) -> None:
    graph = Graph(small_onnx(), WHERE)
    inputs = random_pictures(sum(sizes))
    whole = graph(inputs)["outputs"]
    ends = np.cumsum(sizes)
    parts = [graph(inputs[end - size : end])["outputs"] for size, end in zip(sizes, ends, strict=True)]
    np.testing.assert_allclose(np.concatenate(parts), whole, atol=1e-6)


@pytest.mark.parametrize("count", (0, 1, BATCH_SIZE, 2 * BATCH_SIZE + 3))
def test_any_number_goes_through(count: int) -> None:
    graph = Graph(small_onnx(3), WHERE)
    inputs = random_pictures(count) if count else np.zeros((0, 3, 32, 32), np.uint8)
    found = graph.over(inputs)
    assert {name: values.shape for name, values in found.items()} == {"outputs": (count, 3), "features": (count, 4)}
    if count:
        np.testing.assert_allclose(found["outputs"], graph(inputs)["outputs"], atol=1e-6)


def test_nothing_is_reported_to_anybody(tmp_path: Path) -> None:
    """ONNX Runtime keeps what it is about to send to its maker in a data base below the home folder."""
    (tmp_path / "model.onnx").write_bytes(small_onnx())
    code = "import sys; from pathlib import Path; from dlpipe.graph.run import Graph; p = Path(sys.argv[1]); Graph(p.read_bytes(), p)"
    home = tmp_path / "home"
    home.mkdir()
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "ORT_"))}
    words = [sys.executable, "-c", code, str(tmp_path / "model.onnx")]
    subprocess.run(words, env={**environment, "HOME": str(home)}, check=True, timeout=120)
    assert not list(home.rglob("*"))
