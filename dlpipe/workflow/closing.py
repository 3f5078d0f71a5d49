"""What `dlpipe run` says at its end: what was kept, how good the model is, the verdict, and what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dlpipe.core import files
from dlpipe.core.say import say
from dlpipe.core.stage import SUMMARY
from dlpipe.tracking import how_to_look

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from rich.console import RenderableType

    from dlpipe.core.project import Project


def show(project: Project, pipeline: str, fates: Mapping[str, str], *, limit: int | None = None) -> None:
    """Prints the closing summary; with `--json` the same facts as one object."""
    outputs = project.outputs(pipeline)
    reached = [
        stage for stage, fate in fates.items() if fate != "not reached" and (outputs / stage / SUMMARY).is_file()
    ]
    facts = {stage: files.read_json(outputs / stage / SUMMARY) for stage in reached}
    answer = {"pipeline": pipeline, "limit": limit, "fates": dict(fates), "stages": facts}
    say.result(answer, _page(project, pipeline, fates, limit))


def _page(project: Project, pipeline: str, fates: Mapping[str, str], limit: int | None) -> RenderableType:
    from rich.console import Group

    outputs = project.outputs(pipeline)
    parts: list[RenderableType] = [_fates(outputs, fates)]
    parts += _results(outputs, fates)
    parts.append(_next_steps(project, pipeline, fates, limit))
    return Group(*parts)


def _fates(outputs: Path, fates: Mapping[str, str]) -> RenderableType:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for title in ("stage", "", "what it says"):
        table.add_column(title, overflow="fold")
    for stage, fate in fates.items():
        summary = outputs / stage / SUMMARY
        said = _short(files.read_json(summary)) if summary.is_file() and fate != "not reached" else ""
        style = (
            "red" if fate.startswith(("failed", "said no")) else "dim" if fate in {"up to date", "not reached"} else ""
        )
        table.add_row(stage, fate, said, style=style)
    return table


def _short(facts: Mapping[str, Any]) -> str:
    """The plain facts of a summary on one line; nested ones have their tables."""
    plain = {key: value for key, value in facts.items() if not isinstance(value, dict | list) and value is not None}
    return " · ".join(f"{key.removeprefix('num_').replace('_', ' ')} {_number(value)}" for key, value in plain.items())


def _number(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _results(outputs: Path, fates: Mapping[str, str]) -> list[RenderableType]:
    from dlpipe.report import evaluation_table, gate_table

    shown: list[RenderableType] = []
    pages = {"evaluate": ("evaluation.json", evaluation_table), "gate": ("gate.json", gate_table)}
    for stage, (name, table) in pages.items():
        if fates[stage] != "not reached" and (outputs / stage / name).is_file():
            shown += ["", table(files.read_json(outputs / stage / name))]
    return shown


def _next_steps(project: Project, pipeline: str, fates: Mapping[str, str], limit: int | None) -> str:
    if limit is not None:
        return f"\nA smoke run over {limit} samples: its outputs are in {project.outputs(pipeline)}.\nnext: dlpipe run {pipeline}"
    if any(fate.startswith(("failed", "not reached")) for fate in fates.values()) and not fates["gate"].startswith(
        "said no"
    ):
        return f"\nnext: mend what stopped it, then `dlpipe run {pipeline}`"
    lines = ["", "keep it:", "  git add dvc.lock pipelines data && git commit", "  dvc push"]
    if fates["gate"].startswith("said no"):
        lines = ["", "The gate said no: nothing was registered."]
    return "\n".join(
        [
            *lines,
            "look at it:",
            f"  {project.outputs(pipeline) / 'evaluate' / 'report.html'}",
            f"  {how_to_look(project, pipeline)}",
            "  dvc plots show --open",
            "use it:",
            f"  dlpipe predict {pipeline} FILES…",
            f"  dlpipe serve {pipeline}",
        ]
    )
