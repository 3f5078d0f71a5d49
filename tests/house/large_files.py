"""Pre-commit's check that no large file gets into git: `python -m tests.house.large_files FILE…`."""

from __future__ import annotations

import sys
from pathlib import Path

_LARGEST_BYTES = 500_000


def mistakes(paths: list[str]) -> list[str]:
    """A line a file that is too large; data belongs under DVC."""
    return [
        f"{path}: {size:,} bytes; data belongs under DVC"
        for path in paths
        if (size := Path(path).stat().st_size) > _LARGEST_BYTES
    ]


if __name__ == "__main__":
    sys.exit("\n".join(mistakes(sys.argv[1:])) or 0)
