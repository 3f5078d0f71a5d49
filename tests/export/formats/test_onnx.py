from __future__ import annotations

from pathlib import Path

from dlpipe.export.formats.onnx import Onnx
from dlpipe.graph.run import Graph
from tests.exported import random_pictures, small_network


def test_it_writes_one_file_with_logits_and_features(tmp_path: Path) -> None:
    Onnx().write(small_network(3), random_pictures(2), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["model.onnx"]
    graph = Graph((tmp_path / "model.onnx").read_bytes(), tmp_path / "model.onnx")
    assert {name: value.shape for name, value in graph(random_pictures(7)).items()} == {
        "outputs": (7, 3),
        "features": (7, 4),
    }
