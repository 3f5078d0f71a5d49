"""Pipeline files that `dlpipe init` starts from: ready pipelines by name, and one for folders of pictures."""

from __future__ import annotations

import json
import re
from importlib import resources

_GENERAL = "image"
_SOURCE = re.compile(r"(?m)^(  source: \{name: \w+)\}")


def ready() -> list[str]:
    """Names of pipelines that come ready with dlpipe."""
    files = [file.name for file in resources.files(__name__).iterdir()]
    names = {file.removesuffix(".yaml") for file in files if file.endswith(".yaml")}
    return sorted(names - {_GENERAL})


def pipeline_text(name: str, root: str | None) -> str:
    """The text of `pipelines/<name>.yaml`; `root` is where the files lie if not in `data/<name>/raw`."""
    text = _read(name) if name in ready() else _read(_GENERAL).replace("NAME", name)
    if root is None:
        return text
    quoted = json.dumps(root, ensure_ascii=False)
    return _SOURCE.sub(lambda found: f"{found[1]}, root: {quoted}}}", text, count=1)


def _read(name: str) -> str:
    return (resources.files(__name__) / f"{name}.yaml").read_text(encoding="utf-8")
