"""Annotations and values in words."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import pytest
from pydantic import Field

from dlpipe.core.config import Section
from dlpipe.workflow.settings import flow, settings_of, type_words


class Inner(Section):
    depth: int = Field(default=0, ge=0, description="How deep.")


class Outer(Section):
    word: str = Field(description="Needed.")
    zero: float = Field(default=0.0, ge=0, lt=1, description="Zero is no false.")
    switch: bool = Field(default=False, description="On or off.")
    many: list[str] = Field(default=[], min_length=0, description="Some.")
    inner: Inner | None = Field(default=Inner(), description="More.")
    devices: Annotated[int, Field(ge=1)] | Literal["auto"] = Field(default="auto", description="How many.")


def test_every_field_in_words():
    rows = {row.name: row for row in settings_of(Outer)}
    assert rows["word"].is_required
    assert rows["word"].default == ""
    assert (rows["zero"].type, rows["zero"].default, rows["zero"].bounds) == ("number", "0.0", "≥ 0, < 1")
    assert rows["switch"].default == "false"
    assert rows["many"].type == "list of text"
    assert rows["inner"].default == "{depth: 0}"
    assert rows["inner.depth"].bounds == "≥ 0"
    assert (rows["devices"].type, rows["devices"].bounds) == ("whole number or auto", "≥ 1")


@pytest.mark.parametrize(
    ("annotation", "words"),
    (
        (str | None, "text or null"),
        (Literal["a", "b"], "a | b"),
        (dict[str, int], "mapping from names to whole number"),
        (tuple[float, ...], "list of number"),
        (Any, "anything"),
        (Inner, "mapping"),
    ),
)
def test_types(annotation: Any, words: str):
    assert type_words(annotation) == words


@pytest.mark.parametrize(
    ("value", "text"),
    (
        (0, "0"),
        (1, "1"),
        (0.0, "0.0"),
        (True, "true"),
        (None, "null"),
        ("", '""'),
        ([1, None], "[1, null]"),
        ({"a": {}}, "{a: {}}"),
    ),
)
def test_values_as_yaml(value: Any, text: str):
    assert flow(value) == text
