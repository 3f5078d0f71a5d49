"""Makes names and values that MLflow takes out of any others."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

_NOT_TAKEN = re.compile(r"[^A-Za-z0-9_./ :-]")
_LONGEST_NAME = 250
_LONGEST_PARAM = 6000
_LONGEST_TAG = 8000


def safe_name(name: str) -> str:
    """`name`, if MLflow takes it for a metric or parameter; else a name close to it, with a short hash against clashes.

    MLflow wants letters, digits, `_ - . : /` and blanks, at most 250, and a path that is written plainly.
    """
    parts = [part for part in _NOT_TAKEN.sub("_", name).split("/") if part.strip(".")]
    safe = "/".join(parts)
    if safe.startswith(".."):
        safe = f"_{safe}"
    if safe and safe == name and len(name) <= _LONGEST_NAME:
        return name
    return f"{safe[: _LONGEST_NAME - 9]}_{hashlib.sha256(clean(name).encode()).hexdigest()[:8]}"


def clean(text: str) -> str:
    """`text` without what databases do not store: lone surrogates are written out, NUL goes."""
    return text.encode("utf-8", "backslashreplace").decode().replace("\0", "")


def cut(text: str, longest: int) -> str:
    """`text`, or its beginning and `…` where it is longer."""
    text = clean(text)
    return text if len(text) <= longest else text[: longest - 1] + "…"


def flat_params(params: Mapping[str, Any], above: str = "") -> dict[str, str]:
    """Nested settings as `a.b.c`: value; lists as JSON, values at most 6,000 characters."""
    found: dict[str, str] = {}
    for key, value in params.items():
        name = f"{above}{key}"
        if isinstance(value, Mapping) and value:
            found |= flat_params(value, f"{name}.")
        else:
            text = value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)
            found[safe_name(name)] = cut(text, _LONGEST_PARAM)
    return found


def safe_tags(tags: Mapping[str, str]) -> dict[str, str]:
    """Tags with names and values that MLflow takes."""
    return {safe_name(name): cut(str(value), _LONGEST_TAG) for name, value in tags.items()}
