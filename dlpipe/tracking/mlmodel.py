"""A folder that MLflow and its users can load as a model: `MLmodel`, signature, example, requirements, our files."""

from __future__ import annotations

import math
import shutil
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from dlpipe.core import files

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np

_EXAMPLE_BATCH = 2
_LARGEST_EXAMPLE = 1_000_000
"""Numbers in an example; it is stored as JSON, twice."""

_REQUIRED = ("mlflow", "numpy", "onnx", "onnxruntime")


def write_mlmodel(onnx_file: Path, beside: Sequence[Path], out: Path) -> None:
    """Writes the folder `out`: MLflow's ONNX flavour around exactly the bytes of `onnx_file`, with `beside` next to it.

    MLflow's `save_model` writes the graph anew, so the checked file is put in its place afterwards. The folder ends
    with `digests.json`, by which whoever downloads it sees that it is what was registered.
    """
    import onnx
    from mlflow.onnx import save_model

    graph = onnx.load(str(onnx_file))
    inputs, outputs = _tensors(graph.graph.input), _tensors(graph.graph.output)
    save_model(
        graph,
        str(out),
        signature=_signature(inputs, outputs),
        input_example=_example(inputs),
        pip_requirements=[f"{name}=={version(name)}" for name in _REQUIRED],
        onnx_execution_providers=["CPUExecutionProvider"],
        save_as_external_data=False,
    )
    shutil.copyfile(onnx_file, out / "model.onnx")
    for path in beside:
        shutil.copyfile(path, out / path.name)
    files.write_json(out / files.DIGESTS, files.digests(out))


def _tensors(values: Any) -> dict[str, tuple[np.dtype[Any], tuple[int, ...]]]:
    """Name → type and shape; -1 where the graph leaves a size open."""
    from onnx import helper

    found: dict[str, tuple[np.dtype[Any], tuple[int, ...]]] = {}
    for value in values:
        tensor = value.type.tensor_type
        shape = tuple(size.dim_value if size.HasField("dim_value") else -1 for size in tensor.shape.dim)
        found[value.name] = (helper.tensor_dtype_to_np_dtype(tensor.elem_type), shape)
    return found


def _signature(
    inputs: dict[str, tuple[np.dtype[Any], tuple[int, ...]]], outputs: dict[str, tuple[np.dtype[Any], tuple[int, ...]]]
) -> Any:
    from mlflow.models import ModelSignature
    from mlflow.types import Schema, TensorSpec

    sides = [
        Schema([TensorSpec(kind, shape, name) for name, (kind, shape) in side.items()]) for side in (inputs, outputs)
    ]
    return ModelSignature(inputs=sides[0], outputs=sides[1])


def _example(inputs: dict[str, tuple[np.dtype[Any], tuple[int, ...]]]) -> Any:
    """Zeros, two samples of them; None where that would be megabytes of JSON."""
    import numpy as np

    shapes = {
        name: tuple(_EXAMPLE_BATCH if size < 0 else size for size in shape) for name, (_, shape) in inputs.items()
    }
    if sum(math.prod(shape) for shape in shapes.values()) > _LARGEST_EXAMPLE:
        return None
    return {name: np.zeros(shapes[name], kind) for name, (kind, _) in inputs.items()}
