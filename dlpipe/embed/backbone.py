"""The backbone as an ONNX file of this machine's cache, exported once by torch."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from dlpipe.core import files
from dlpipe.core.plugin import described
from dlpipe.core.say import say

if TYPE_CHECKING:
    from pathlib import Path

    from dlpipe.core.stage import Inputs
    from dlpipe.models import Model
    from dlpipe.weights import Weights

_NAME = "backbone.onnx"
_WRITTEN_BY = 1
"""Rises when the same model, weights and modality would be written or fed otherwise."""


def cached_backbone(model: Model, weights: Weights, inputs: Inputs) -> Path:
    """The exported backbone. Its folder is of this model, these weights and this modality alone.

    Raises:
        DlpipeError: the weights cannot be had.
    """
    dataset = inputs.dataset
    key = [_WRITTEN_BY, described(model), weights.fingerprint(model, inputs.project), described(dataset.modality)]
    text = json.dumps([*key, dataset.seed], sort_keys=True)
    path = inputs.cache / hashlib.sha256(text.encode()).hexdigest()[:32] / _NAME
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        say.detail(f"exporting the backbone to {path}")
        files.write_bytes(path, _exported(model, weights, inputs))
    return path


def _exported(model: Model, weights: Weights, inputs: Inputs) -> bytes:
    import tempfile
    from pathlib import Path

    import numpy as np
    import torch

    from dlpipe.graph.write import write_graph

    shape = inputs.dataset.modality.example_shape
    with torch.random.fork_rng(devices=[]), tempfile.TemporaryDirectory() as folder:
        torch.manual_seed(inputs.dataset.seed)
        backbone = model.build(shape)
        weights.fill(backbone, model, inputs.project)
        path = Path(folder) / _NAME
        write_graph(backbone, np.zeros((2, *shape), dtype=np.uint8), ("features",), path)
        return path.read_bytes()
