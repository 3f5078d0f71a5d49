"""Every source file has its test file in the same place: `dlpipe/clean/checks/dark.py`, `tests/clean/checks/test_dark.py`."""

from __future__ import annotations

import ast

from tests.house.sources import REPOSITORY, Source, sources

_ELSEWHERE = {
    "__main__.py": "tests/faults starts every stage through it",
}


def _has_code(source: Source) -> bool:
    return any(isinstance(node, ast.FunctionDef | ast.ClassDef) for node in source.tree.body)


def _is_mirrored(name: str) -> bool:
    folder, _, file = name.rpartition("/")
    stem = file.removesuffix(".py")
    place = REPOSITORY / "tests" / folder
    if stem == "__init__":  # a kind: its contract test runs over every file of its folder
        return any(place.glob("test_*.py"))
    return (place / f"test_{stem}.py").is_file() or any(place.glob(f"test_{stem}_*.py"))


def test_every_source_file_has_its_test_file():
    names = [source.name for source in sources() if _has_code(source)]
    missing = [name for name in names if not (_is_mirrored(name) or name in _ELSEWHERE)]
    assert not missing, "\n".join(missing)
