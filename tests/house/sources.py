"""The repository's own files, parsed, for tests that look at code instead of running it."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

T = TypeVar("T", bound=ast.AST)

REPOSITORY = Path(__file__).resolve().parents[2]
PACKAGE = REPOSITORY / "dlpipe"


@dataclass(frozen=True)
class Source:
    """One file of dlpipe."""

    name: str
    """Relative to `dlpipe/`."""
    tree: ast.Module

    def nodes(self, kind: type[T]) -> Iterator[T]:
        """All its nodes of a kind."""
        return (node for node in ast.walk(self.tree) if isinstance(node, kind))


@cache
def sources() -> list[Source]:
    """Every Python file of dlpipe."""
    paths = sorted(PACKAGE.rglob("*.py"))
    return [Source(path.relative_to(PACKAGE).as_posix(), ast.parse(path.read_text("utf-8"))) for path in paths]


def called(node: ast.Call) -> str:
    """The dotted name of what is called: `torch.load`; of a method only what stands in the text: `path.open`."""
    return ast.unparse(node.func)
