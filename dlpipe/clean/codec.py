"""Evidence as JSON, and back to the same types and bits."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from dlpipe.modalities import Unreadable


def encoded(value: Any) -> Any:
    """A value as JSON that `decoded` turns back into the same value, types and bits.

    Raises:
        TypeError: a check's evidence is of another type than those below; a bug of the check.
    """
    if value is None or type(value) in {bool, int, float, str}:
        return value
    if isinstance(value, np.ndarray | np.generic):
        array = np.asarray(value)
        content = base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()
        return {"array": [array.dtype.str, list(array.shape), content, isinstance(value, np.generic)]}
    if isinstance(value, Unreadable):
        return {"unreadable": asdict(value)}
    if isinstance(value, list | tuple):
        return {type(value).__name__: [encoded(one) for one in value]}
    if isinstance(value, Mapping):
        return {"dict": [[key, encoded(one)] for key, one in value.items()]}
    raise TypeError(f"evidence must be numbers, text, arrays, and lists, tuples or mappings of them, not {type(value)}")


def decoded(value: Any) -> Any:
    """What `encoded` was given."""
    if not isinstance(value, dict):
        return value
    ((kind, content),) = value.items()
    match kind:
        case "array":
            return _array(*content)
        case "unreadable":
            return Unreadable(**content)
        case "dict":
            return {key: decoded(one) for key, one in content}
        case "tuple":
            return tuple(decoded(one) for one in content)
        case _:
            return [decoded(one) for one in content]


def _array(dtype: str, shape: list[int], content: str, is_scalar: bool) -> Any:
    array = np.frombuffer(base64.b64decode(content), dtype=np.dtype(dtype)).reshape(shape)
    return array[()] if is_scalar else array
