"""A small exported model, made once in a test process: torch takes a second for each export."""

from __future__ import annotations

import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from dlpipe.core import files
from dlpipe.core.plugin import described
from dlpipe.modalities.image import Image
from dlpipe.models.small_cnn import SmallCnn
from dlpipe.tasks.classification import Classification

if TYPE_CHECKING:
    from dlpipe.network import Network

SIZE_PX = 32
MODEL = SmallCnn(width=4, depth=1)


def small_network(num_classes: int = 2, seed: int = 0) -> Network:
    """A network of a hundred weights that gives every class to some random pictures."""
    import torch

    from dlpipe.network import build_network

    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = build_network(MODEL, Classification(), num_classes, (3, SIZE_PX, SIZE_PX))
        torch.nn.init.normal_(network.head.weight, std=5)  # type: ignore[arg-type]
    with torch.no_grad():
        outputs, _ = network.eval()(torch.from_numpy(random_pictures(16)))
        network.head.bias -= outputs.mean(dim=0)  # type: ignore[operator]
    return network


@cache
def small_onnx(num_classes: int = 2) -> bytes:
    """`small_network` as ONNX."""
    from dlpipe.graph.write import write_graph

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        example = np.zeros((2, 3, SIZE_PX, SIZE_PX), dtype=np.uint8)
        write_graph(small_network(num_classes), example, ("outputs", "features"), path)
        return path.read_bytes()


def trained_description(classes: tuple[str, ...] = ("circles", "stripes")) -> dict[str, Any]:
    """What `train` writes as `model.json` for `small_network`."""
    return {
        "schema_version": 1,
        "classes": list(classes),
        "positive": 1 if len(classes) == 2 else None,
        "modality": described(Image(size_px=SIZE_PX)),
        "task": described(Classification()),
        "model": described(MODEL),
        "example_shape": [3, SIZE_PX, SIZE_PX],
        "num_features": 4,
    }


def exported_folder(target: Path, classes: tuple[str, ...] = ("circles", "stripes"), **changes: Any) -> Path:
    """A folder as `export` publishes it; `changes` replace keys of `model.json`."""
    fitted = {"temperature": 1.5, "threshold": 0.4 if len(classes) == 2 else None, "format": "onnx", "checked": {}}
    shutil.rmtree(target, ignore_errors=True)
    with files.replacing(target) as draft:
        (draft / "model.onnx").write_bytes(small_onnx(len(classes)))
        files.write_json(draft / "model.json", {**trained_description(classes), **fitted, **changes})
    return target


def decided_by(attribute: str, thresholds: dict[str, float]) -> dict[str, Any]:
    """Changes of a `model.json` that decides by group, each with a threshold of its own; above 1: never positive."""
    rules = {
        value: {"thresholds": [threshold, threshold], "first": 1.0, "ignored": 0.0, "constant": 0.0}
        for value, threshold in thresholds.items()
    }
    return {"schema_version": 2, "threshold": None, "group_thresholds": {"by": attribute, "rules": rules}}


def random_pictures(count: int, size_px: int = SIZE_PX, seed: int = 0) -> np.ndarray[Any, Any]:
    """Shape (count, 3, size, size) uint8."""
    return np.random.default_rng(seed).integers(0, 256, (count, 3, size_px, size_px), dtype=np.uint8)
