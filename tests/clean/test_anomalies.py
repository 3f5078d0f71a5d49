from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from dlpipe.clean.anomalies import anomalies, sentence
from dlpipe.clean.schema import Schema
from tests.clean.test_schema import samples, votes

SCHEMA: dict[str, Any] = {
    "classes": ["rose", "tulip"],
    "attributes": {
        "site": {"type": "text", "values": ["north", "south"], "missing": 0.1},
        "exposure": {"type": "number", "at_least": 0, "at_most": 1},
    },
    "pictures": {"modes": ["RGB"], "sides_px": [200, 640]},
}
GOOD = {"site": ["north", "south"] * 5, "exposure": ["0.5", "0.7"] * 5}
FACTS = {"mode": ["RGB"] * 10, "width": [300] * 10, "height": [400] * 10}


def found(
    columns: dict[str, list[Any]] | None = None,
    labels: tuple[str, ...] = ("rose", "tulip"),
    facts: dict[str, list[Any]] | None = None,
    **more: Any,
) -> dict[str, tuple[str, str]]:
    """Kind → (severity, sentence)."""
    table = samples(**{**GOOD, **(columns or {})})
    seen = anomalies(
        Schema.model_validate({**SCHEMA, **more}), table, votes(*labels), pl.DataFrame({**FACTS, **(facts or {})})
    )
    return {each["kind"]: (each["severity"], sentence(each)) for each in seen}


def test_what_is_as_it_was_is_no_anomaly():
    assert found() == {}


@pytest.mark.parametrize(
    ("change", "kind", "severity", "words"),
    (
        ({"labels": ("rose", "tulip", "weed")}, "new_class", "error", "classes: new: 'weed' (1)"),
        ({"labels": ("rose",)}, "no_class", "warning", "no sample of 'tulip'"),
        ({"columns": {"camera": ["a"] * 10}}, "new_attribute", "warning", "camera: the schema does not know"),
        ({"columns": {"site": [None] * 2 + ["north"] * 8}}, "missing_values", "warning", "site: 0.2 of the samples"),
        (
            {"columns": {"site": ["west", "north"] * 5}},
            "new_value",
            "warning",
            "5 samples have a value that is new: 'west'",
        ),
        ({"columns": {"exposure": ["dim"] + ["0.5"] * 9}}, "other_type", "error", "1 values are none, as 'dim'"),
        (
            {"columns": {"exposure": ["3"] + ["0.5"] * 9}},
            "range_drift",
            "warning",
            "1 of 10 values lie outside: 0.5 to 3",
        ),
        ({"columns": {"exposure": ["128", "90"] * 5}}, "unit_change", "error", "another unit? 10 of 10 values"),
        ({"facts": {"mode": ["L", *["RGB"] * 9]}}, "new_mode", "error", "colour mode L (1), where RGB is usual"),
        (
            {"facts": {"width": [100, *[300] * 9]}},
            "size_drift",
            "warning",
            "1 of 10 have a side outside: 100 to 400 px",
        ),
    ),
)
def test_each_kind_is_found_with_its_severity(change: dict[str, Any], kind: str, severity: str, words: str):
    (only,) = (seen := found(**change))
    assert (only, seen[only][0]) == (kind, severity)
    assert words in seen[only][1]


def test_an_attribute_that_is_gone():
    table = samples(exposure=["0.5"] * 3)
    (gone,) = anomalies(Schema.model_validate(SCHEMA), table, votes("rose", "tulip"), pl.DataFrame(FACTS))
    assert (gone["kind"], gone["severity"], gone["where"]) == ("no_attribute", "error", "site")


def test_the_schema_says_how_bad_it_is():
    wish = {"new_value": "error", "size_drift": "ignore"}
    change: dict[str, Any] = {"columns": {"site": ["west"] * 10}, "facts": {"width": [1] * 10}}
    assert {kind: severity for kind, (severity, _) in found(**change, severity=wish).items()} == {"new_value": "error"}


def test_long_lists_are_cut():
    said = found(labels=("rose", "tulip", *"abcdefgh"))["new_class"][1]
    assert said.endswith("'e' (1) and 3 more (new_class)")


def test_a_part_that_is_not_said_is_as_it_comes():
    nothing = Schema()
    assert anomalies(nothing, samples(**GOOD), votes("weed"), pl.DataFrame(FACTS)) == []
