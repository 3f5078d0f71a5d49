"""A kind of media whose decoder some files crash or hang, for processes that import it by name."""

from __future__ import annotations

import ctypes
import time
from typing import Any, ClassVar

import numpy as np

from dlpipe.clean.checks import Check
from dlpipe.modalities import Modality, Sample

CRASH, HANG = b"crash", b"hang"


class Crashing(Modality):
    """A file's bytes as numbers."""

    layout: ClassVar[str] = "vector"
    suffixes: ClassVar[tuple[str, ...]] = ()

    @property
    def seconds(self) -> float:
        return 0.5

    def decode(self, content: bytes) -> tuple[np.ndarray[Any, Any], dict[str, Any]]:
        if content == CRASH:
            ctypes.string_at(0)
        if content == HANG:
            time.sleep(1000)
        return np.frombuffer(content, np.uint8), {"size": len(content)}

    def encode(self, value: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        return np.resize(value, 4)

    @property
    def example_shape(self) -> tuple[int, ...]:
        return (4,)


class Length(Check):
    """Counts bytes."""

    def look(self, sample: Sample) -> int:
        return len(sample.value)
