"""What people decided about single samples: `annotations/verdicts.jsonl`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from dlpipe.core.errors import nearest
from dlpipe.core.jsonl import Line, read_lines
from dlpipe.core.say import say

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path


class Verdict(Line):
    """A person's decision; it wins over every check. `undo` takes back what was said before of the sample."""

    id: str = Field(min_length=1)
    verdict: Literal["keep", "drop", "undo"]
    by: str = Field(min_length=1)
    why: str = ""


def read_verdicts(path: Path, ids: Collection[str]) -> dict[str, Verdict]:
    """The verdict in force on each of these samples, the last one; one on another id is said and left out.

    Raises:
        DlpipeError: a line is no verdict.
    """
    known = set(ids)
    found: dict[str, Verdict] = {}
    for number, verdict in read_lines(path, Verdict):
        if verdict.id in known:
            found[verdict.id] = verdict
        else:
            say.warn(
                f"{path}:{number}: there is no sample '{verdict.id}'{near(verdict.id, known)}; the line is ignored"
            )
    return {sample_id: verdict for sample_id, verdict in found.items() if verdict.verdict != "undo"}


def near(sample_id: str, known: Collection[str]) -> str:
    """The nearest id, where looking for it takes no time."""
    hint = nearest(sample_id, known) if len(known) <= 10_000 else ""  # noqa: PLR2004 - a second of comparing
    return f"; {hint}" if hint.startswith("did you mean") else ""
