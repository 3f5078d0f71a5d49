"""Which training a checkpoint belongs to: one whose data, settings or code differ is another training."""

from __future__ import annotations

import hashlib
import json
import platform
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from dlpipe.core import files
from dlpipe.core.plugin import plain

if TYPE_CHECKING:
    from dlpipe.core.stage import Inputs
    from dlpipe.train.stage import Config

_LIBRARIES = (
    *("torch", "torchvision", "pytorch-lightning", "timm", "albumentations"),
    *("numpy", "scikit-learn", "opencv-python-headless"),
)


def fingerprint(config: Config, inputs: Inputs, code_version: int) -> str:
    """SHA-256 in hex over all that decides what a training computes, but for the machine's floating point."""
    facts = {
        "samples": files.digest(inputs.path("split/samples.parquet")),
        "dataset": plain(inputs.dataset),
        "train": plain(config),
        "weights": config.weights.fingerprint(config.model, inputs.project),
        "version": code_version,
        "libraries": {"python": platform.python_version(), **{name: _version(name) for name in _LIBRARIES}},
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def _version(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:
        return "none"
