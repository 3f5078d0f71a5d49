"""Pre-commit's check that YAML files can be read: `python -m tests.house.yaml_files FILE…`."""

from __future__ import annotations

import sys
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError


def mistakes(paths: list[str]) -> list[str]:
    """A line a file that cannot be read."""
    found: list[str] = []
    for path in paths:
        try:
            list(YAML(typ="safe", pure=True).load_all(Path(path).read_text("utf-8")))
        except (YAMLError, ValueError) as error:
            found.append(f"{path}: {error}")
    return found


if __name__ == "__main__":
    sys.exit("\n".join(mistakes(sys.argv[1:])) or 0)
