"""torch → ONNX, with the same bytes wherever and whenever it is done."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.graph import parts

if TYPE_CHECKING:
    from pathlib import Path

    from onnx import ModelProto
    from torch import nn

OPSET = 18
"""Version of ONNX's operators: what torch's exporter writes by itself, and ONNX Runtime reads since 1.14."""

INPUT = "inputs"
"""Name of the one input; its first axis is called `batch` and has any length."""

_LARGEST_BYTES = (1 << 31) - 1
_PER_EXPORT = ("metadata_props", "doc_string")
"""Where torch leaves stack traces and with them paths of the exporting machine."""


def write_graph(network: nn.Module, example: np.ndarray[Any, Any], outputs: Sequence[str], path: Path) -> None:
    """Writes a network as one ONNX file without external data.

    Args:
        network: Left as it is; a copy is exported in evaluation mode from the CPU.
        example: Inputs, shape (B, …) with B ≥ 2: torch takes a batch of one for a constant.
        outputs: Names of what the network returns, in order.
        path: The file, inside a draft folder.

    Raises:
        DlpipeError: the network cannot be exported, or is over the 2 GB of one ONNX file (exit 3).
    """
    import onnx

    if len(example) < 2:  # noqa: PLR2004 - said above
        raise ValueError("the example batch must have 2 samples at least")
    model = _exported(network, example, outputs)
    _strip(model)
    if model.ByteSize() > _LARGEST_BYTES:
        raise DlpipeError("the network is over the 2 GB that one ONNX file can hold", "choose a smaller one", Exit.NO)
    onnx.checker.check_model(model, full_check=True)
    path.write_bytes(model.SerializeToString(deterministic=True))


def _exported(network: nn.Module, example: np.ndarray[Any, Any], outputs: Sequence[str]) -> ModelProto:
    import torch

    plain = copy.deepcopy(network).cpu().eval()
    plain = plain.to(memory_format=torch.contiguous_format)  # type: ignore[call-overload] - missing in torch's stubs
    try:
        program = torch.onnx.export(
            plain,
            (torch.from_numpy(example),),
            dynamo=True,
            dynamic_shapes=({0: torch.export.Dim("batch")},),
            input_names=[INPUT],
            output_names=list(outputs),
            opset_version=OPSET,
            external_data=False,
            verbose=False,
        )
    except torch.onnx.OnnxExporterError as error:
        problem = f"torch cannot write this network as ONNX: {str(error).strip().splitlines()[0]}"
        raise DlpipeError(problem, "choose another architecture", Exit.NO) from error
    if program is None:
        raise TypeError("torch.onnx.export returned no program")
    return program.model_proto


def _strip(model: ModelProto) -> None:
    for part in parts(model):
        for name in _PER_EXPORT:
            if name in part.DESCRIPTOR.fields_by_name:
                part.ClearField(name)
    model.producer_name, model.producer_version = "dlpipe", ""
