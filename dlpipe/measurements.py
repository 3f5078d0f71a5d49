"""Every number of an evaluation, wherever it stands in it: for rules that name it, for MLflow, for the report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Path = tuple[str, ...]
"""Keys from the outside in: `("groups", "cell_type", "mono", "auroc")`. A key may hold any character."""


def measurements(node: Mapping[str, Any], path: Path = ()) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Numbers below a part of an evaluation, each as `value`, `low`, `high` and `reason` (None where there is none).

    A paired difference is a number with an interval like any other; a plain number has none. Lists hold no numbers that
    have a name.
    """
    value = "difference" if "difference" in node else "value"
    if "low" in node and value in node and not isinstance(node[value], dict):  # no group that is called "low"
        yield path, {"value": node[value], "low": node["low"], "high": node["high"], "reason": node.get("reason")}
        return
    for key, below in node.items():
        if isinstance(below, dict):
            yield from measurements(below, (*path, key))
        elif isinstance(below, int | float) and not isinstance(below, bool):
            yield (*path, key), {"value": below, "low": None, "high": None, "reason": "it has no interval"}
