"""How much of the data may be bad: limits on the share of samples that have an issue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import Field
from pydantic_core import PydanticCustomError

from dlpipe.core.config import Section
from dlpipe.core.errors import nearest

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

SET_ASIDE = "set_aside"
"""Stands where other limits have their check's name: all samples that left, whatever for."""


class Limit(Section):
    """What share of all samples may have an issue. Equal is within the limit; what a person keeps does not count."""

    at_most: float = Field(ge=0, le=1, description="Share of all samples that may have this issue, from 0 to 1.")
    warn: bool = Field(default=False, description="Say so instead of ending with exit code 3 where there are more.")


def check_names(limits: Mapping[str, Limit], known: Collection[str]) -> None:
    """Refuses limits on what no check looks for.

    Raises:
        PydanticCustomError: of type `plugin_settings`, which `config.py` turns into lines of YAML.
    """
    errors = [
        {"type": "limit_name", "loc": (name,), "msg": f"nothing is called so here; {nearest(name, known)}", "ctx": {}}
        for name in limits
        if name not in known
    ]
    if errors:
        raise PydanticCustomError("plugin_settings", "bad limits", {"errors": errors})


def judged(name: str, limit: Limit, count: int, total: int) -> dict[str, Any]:
    """One limit's entry of `report.json`: `pass`, `warn` or `fail`. Without samples there is no share, and no pass."""
    share = count / total if total else None
    kept = share is not None and share <= limit.at_most
    verdict = "pass" if kept else "warn" if limit.warn else "fail"
    shown = "undefined: there are no samples" if share is None else f"{share:.4g} ({count:,} of {total:,})"
    why = f"{shown}, at most {limit.at_most:g} is allowed"
    rounded = None if share is None else round(share, 6)
    return {"name": name, "at_most": limit.at_most, "count": count, "share": rounded, "verdict": verdict, "why": why}


def broken(limits: Sequence[Mapping[str, Any]]) -> list[str]:
    """A sentence for every limit that is not kept."""
    return [f"{limit['name']}: {limit['why']}" for limit in limits if limit["verdict"] == "fail"]
