"""`dlpipe keep` and `dlpipe drop`: a person's word on single samples, which wins over every check."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING, Literal

import polars as pl

from dlpipe.clean.decide import UNREADABLE
from dlpipe.clean.verdicts import Verdict, near, read_verdicts
from dlpipe.core.errors import DlpipeError
from dlpipe.core.jsonl import append_lines
from dlpipe.core.project import Project, find_project
from dlpipe.core.say import say
from dlpipe.core.table import read_table

if TYPE_CHECKING:
    from collections.abc import Sequence

_SHOWN = 20


def give_verdict(
    word: Literal["keep", "drop"],
    pipeline: str,
    ids: Sequence[str],
    *,
    why: str = "",
    by: str | None = None,
    undo: bool = False,
) -> None:
    """Adds a verdict on each sample to the pipeline's `annotations/verdicts.jsonl`, all of them or none.

    Args:
        word: What is to become of them.
        pipeline: Whose samples.
        ids: As the samples table and the report name them.
        why: The reason, for those who read it later.
        by: Who says so; default git's user.name.
        undo: Take back such a verdict instead, so that the checks decide again.

    Raises:
        DlpipeError: there is no such sample, nothing to take back, or nobody to answer for it.
    """
    project = find_project()
    path = project.data(project.existing(pipeline)) / "annotations" / "verdicts.jsonl"
    known = read_table(project.outputs(pipeline) / "ingest" / "samples.parquet")["id"].to_list()
    ids = list(dict.fromkeys(ids))
    _check_ids(ids, known, pipeline)
    before = read_verdicts(path, known)
    if undo:
        _check_undo(word, ids, before)
    author = by or _git_name(project)
    said: Literal["keep", "drop", "undo"] = "undo" if undo else word
    append_lines(path, [Verdict(id=each, verdict=said, by=author, why=why) for each in ids])
    if said == "keep":
        _warn_unreadable(project, pipeline, ids)
    answer = {"pipeline": pipeline, "verdict": said, "ids": ids, "by": author, "why": why, "file": str(path)}
    say.result(answer, _page(said, word, ids, pipeline))


def _check_ids(ids: Sequence[str], known: Sequence[str], pipeline: str) -> None:
    there = set(known)
    strange = [each for each in ids if each not in there]
    if strange:
        lines = [f"'{pipeline}' has no sample '{each}'{near(each, known)}" for each in strange[:_SHOWN]]
        lines += [f"and {len(strange) - _SHOWN} more"] if len(strange) > _SHOWN else []
        fix = f"ids are paths below raw/, as data/{pipeline}/clean/report.html shows them; nothing was written"
        raise DlpipeError("\n".join(lines), fix)


def _check_undo(word: str, ids: Sequence[str], before: dict[str, Verdict]) -> None:
    for each in ids:
        if each not in before or before[each].verdict != word:
            now = f"its verdict is {before[each].verdict}" if each in before else "nobody gave one"
            raise DlpipeError(f"there is no verdict {word} on '{each}' to take back: {now}", "leave it out")


def _git_name(project: Project) -> str:
    if shutil.which("git"):
        command = ["git", "config", "user.name"]
        said = subprocess.run(command, cwd=project.root, capture_output=True, text=True, check=False).stdout.strip()
        if said:
            return said
    raise DlpipeError("nobody answers for this verdict: git has no user.name", "say who you are: `--by NAME`")


def _warn_unreadable(project: Project, pipeline: str, ids: Sequence[str]) -> None:
    path = project.outputs(pipeline) / "clean" / "set_aside.parquet"
    if not path.is_file():
        return
    aside = read_table(path)
    for sample_id, reasons in (
        aside.filter((pl.col("by") == UNREADABLE) & pl.col("id").is_in(ids)).rows_by_key("id").items()
    ):
        say.warn(f"'{sample_id}' stays set aside all the same, for it cannot be decoded ({reasons[0][0]})")


def _page(said: str, word: str, ids: Sequence[str], pipeline: str) -> str:
    what = ids[0] if len(ids) == 1 else f"{len(ids)} samples"
    line = {"keep": f"{what}: kept from now on, whatever the checks say", "drop": f"{what}: dropped from now on"}
    done = line.get(said, f"{what}: the verdict {word} is taken back, the checks decide again")
    return f"{done}\nnext: dlpipe run {pipeline}"
