"""A plug-in kind of the tests' own, in a package that exists for one test."""

from __future__ import annotations

import importlib
import itertools
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

_numbers = itertools.count()

_KIND = '''
from dlpipe.core.plugin import Plugin

class Check(Plugin, package="{package}"):
    """A question."""
'''

BLURRY = '''
from pydantic import Field
from {package} import Check

class Blurry(Check):
    """Finds blurred pictures.

    By the variance of the Laplacian.
    """

    threshold: float = Field(default=0.5, ge=0, le=1, description="d")
    sizes: tuple[int, ...] = Field(default=(), description="d")
'''

DARK = '''
from {package} import Check

class Dark(Check):
    """Finds dark
    pictures."""
'''


@pytest.fixture
def make_kind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """`make_kind(blurry=text, …)` gives the class of a kind whose folder holds these files."""

    def make(**plugins: str) -> Any:
        package = f"kind_{next(_numbers)}"
        folder = tmp_path / "kinds" / package
        folder.mkdir(parents=True)
        for name, text in {"__init__": _KIND, **plugins}.items():
            (folder / f"{name}.py").write_text(dedent(text).replace("{package}", package))
        monkeypatch.syspath_prepend(str(folder.parent))
        return importlib.import_module(package).Check

    return make


@pytest.fixture
def kind(make_kind: Callable[..., Any]) -> Any:
    return make_kind(blurry=BLURRY, dark=DARK)
