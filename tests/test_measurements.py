from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dlpipe.measurements import measurements

names = st.text(min_size=1, max_size=6).filter(lambda name: name not in {"value", "difference", "low"})
numbers = st.fixed_dictionaries({"value": st.none() | st.floats(0, 1), "low": st.none(), "high": st.none()})
trees = st.recursive(
    numbers | st.integers(0, 9), lambda below: st.dictionaries(names, below, max_size=4), max_leaves=12
)


def plain(value: float) -> dict[str, Any]:
    return {"value": value, "low": None, "high": None, "reason": "it has no interval"}


def test_numbers_with_and_without_ends_and_differences() -> None:
    node = {
        "n": 40,
        "auroc": {"value": 0.9, "low": 0.8, "high": 0.95},
        "less": {"difference": -0.1, "low": -0.2, "high": 0.0},
        "ece": {"value": None, "low": None, "high": None, "reason": "no samples"},
    }
    assert dict(measurements(node)) == {
        ("n",): plain(40),
        ("auroc",): {"value": 0.9, "low": 0.8, "high": 0.95, "reason": None},
        ("less",): {"value": -0.1, "low": -0.2, "high": 0.0, "reason": None},
        ("ece",): {"value": None, "low": None, "high": None, "reason": "no samples"},
    }


def test_words_switches_and_lists_are_no_numbers() -> None:
    assert list(measurements({"small": True, "kind": "x", "counts": [[1, 2]], "none": None})) == []


def test_a_group_may_be_called_low() -> None:
    node = {"low": {"n": 3}, "value": {"n": 4}}
    assert dict(measurements(node)) == {("low", "n"): plain(3), ("value", "n"): plain(4)}


@given(st.dictionaries(names, trees, max_size=4))
def test_every_path_leads_to_its_number(node: dict[str, Any]) -> None:
    paths = [path for path, _ in measurements(node)]
    assert len(set(paths)) == len(paths)
    for path, entry in measurements(node):
        there: Any = node
        for key in path:
            there = there[key]
        assert entry["value"] == (there["value"] if isinstance(there, dict) else there)
