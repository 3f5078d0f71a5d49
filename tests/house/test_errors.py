"""Texts of errors: what is wrong, and what mends it, in the same voice everywhere."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.house.sources import called, sources


def _errors() -> Iterator[tuple[str, str, str]]:
    """Where it is raised, and as far as they stand in the code the problem's and the fix's text."""
    for source in sources():
        for node in source.nodes(ast.Call):
            if called(node) != "DlpipeError":
                continue
            arguments = {"problem": "", "fix": ""}
            for name, value in zip(arguments, node.args, strict=False):
                arguments[name] = _text(value)
            arguments |= {keyword.arg: _text(keyword.value) for keyword in node.keywords if keyword.arg in arguments}
            yield f"dlpipe/{source.name}:{node.lineno}", arguments["problem"], arguments["fix"]


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
    return ""


def test_errors_are_raised_all_over():
    assert len(list(_errors())) > 50


def test_neither_part_ends_with_a_full_stop_or_is_shouted():
    bad = [
        f"{where}: {text}"
        for where, *texts in _errors()
        for text in texts
        if text.endswith((".", "!", "\n", " ")) or text.lower().startswith(("error", "failed", "please", "oops"))
    ]
    assert not bad, "\n".join(bad)


def test_a_fix_is_a_clause_that_starts_small_or_with_a_command():
    bad = [f"{where}: {fix}" for where, _, fix in _errors() if fix[:1].isupper() and not fix[:2].isupper()]
    assert not bad, "\n".join(bad)


def test_every_error_has_a_fix():
    bad = [
        f"dlpipe/{source.name}:{node.lineno}"
        for source in sources()
        for node in source.nodes(ast.Call)
        if called(node) == "DlpipeError" and len(node.args) + len(node.keywords) < 2
    ]
    assert not bad, "\n".join(bad)


def test_nothing_else_is_swallowed():
    """No `except: pass` and no bare `except`: an exception nobody expected is a bug that must show."""
    bad = [
        f"dlpipe/{source.name}:{node.lineno}"
        for source in sources()
        for node in source.nodes(ast.ExceptHandler)
        if node.type is None or all(isinstance(line, ast.Pass) for line in node.body)
    ]
    assert not bad, "\n".join(bad)
