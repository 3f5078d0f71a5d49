"""ONNX Runtime on the CPU: no torch, and no file but the one whose bytes were checked."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.graph import parts

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from onnxruntime import InferenceSession

_ERRORS_ONLY = 3

BATCH_SIZE = 8
"""Samples at once in `over`: what passes between two layers stays in the processor's caches, which it does not of
large batches."""


class Graph:
    """A network that is ready to run. Safe to share among threads; a sample's answer does not depend on its batch."""

    def __init__(self, content: bytes, path: Path) -> None:
        """Opens the bytes of an ONNX file; `path` is for messages only.

        Raises:
            DlpipeError: they are no ONNX model, or one that wants to read other files (exit 5).
        """
        refuse_other_files(content, path)
        self._session = _session(content, path)
        self._input = self._session.get_inputs()[0].name
        self.outputs = tuple(output.name for output in self._session.get_outputs())
        self.example_shape = tuple(self._session.get_inputs()[0].shape[1:])

    def length(self, output: str) -> int:
        """Length of one sample's row of an output."""
        return int(self._session.get_outputs()[self.outputs.index(output)].shape[1])

    def __call__(self, inputs: np.ndarray[Any, Any]) -> dict[str, np.ndarray[Any, Any]]:
        """All outputs by name. (B, *example_shape) uint8 → (B, …) float32 each."""
        values = self._session.run(list(self.outputs), {self._input: inputs})
        return dict(zip(self.outputs, values, strict=True))  # type: ignore[arg-type] - tensors are arrays

    def over(self, inputs: np.ndarray[Any, Any]) -> dict[str, np.ndarray[Any, Any]]:
        """All outputs by name for any number of samples, a few at a time. Shapes as those of a call; B may be 0."""
        starts = range(0, len(inputs), BATCH_SIZE)
        parts = [self(inputs[start : start + BATCH_SIZE]) for start in starts]
        return {name: self._joined([part[name] for part in parts], name) for name in self.outputs}

    def _joined(self, parts: list[np.ndarray[Any, Any]], output: str) -> np.ndarray[Any, Any]:
        import numpy as np

        return np.concatenate(parts) if parts else np.zeros((0, self.length(output)), np.float32)


def refuse_other_files(content: bytes, path: Path) -> None:
    """Refuses a model with external data: ONNX Runtime would follow it to any file (CVE-2022-25882 and later ones).

    Raises:
        DlpipeError: it has external data, or the bytes are no ONNX model.
    """
    import onnx
    from google.protobuf.message import DecodeError

    fix = "do not use it; export it again with `dlpipe export NAME`"
    try:
        model = onnx.load_model_from_string(content)
        for part in parts(model):
            if isinstance(part, onnx.TensorProto) and (part.external_data or part.data_location):
                raise DlpipeError(f"{path} wants to read other files (external data)", fix, Exit.INTEGRITY)
        onnx.checker.check_model(content)
    except (DecodeError, UnicodeDecodeError, onnx.checker.ValidationError) as error:
        said = (str(error).splitlines() or [""])[0]
        raise DlpipeError(f"{path} is no ONNX model: {said}", fix, Exit.INTEGRITY) from error


def _session(content: bytes, path: Path) -> InferenceSession:
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # it reports to its maker, and keeps a file for it
    import onnxruntime

    from dlpipe.core.loop import num_jobs

    options = onnxruntime.SessionOptions()
    options.log_severity_level = _ERRORS_ONLY
    options.intra_op_num_threads = num_jobs()
    options.use_deterministic_compute = True
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # threads of decoding want the cores too
    try:  # without its fallback, which prints to stdout and tries the same again
        return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"], enable_fallback=0)
    except (*_refusals(), UnicodeDecodeError) as error:
        problem = f"ONNX Runtime {onnxruntime.__version__} cannot open {path}: {str(error).splitlines()[0]}"
        raise DlpipeError(problem, "export it again with `dlpipe export NAME`", Exit.INTEGRITY) from error


def _refusals() -> tuple[type[Exception], ...]:
    from onnxruntime.capi import onnxruntime_pybind11_state as state  # type: ignore[attr-defined] - it has no stubs

    return (state.Fail, state.InvalidGraph, state.InvalidArgument, state.NotImplemented, state.RuntimeException)
