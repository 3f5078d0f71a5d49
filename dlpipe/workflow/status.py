"""`dlpipe status`: how far each pipeline is, stage by stage, and why a stage would run again."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from dlpipe.core import config, dvc, files
from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.project import Project, find_project
from dlpipe.core.say import say
from dlpipe.core.stage import STAGES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rich.console import RenderableType

_OTHERS = "pipelines/dvc.yaml"
"""How DVC calls the file in which all pipelines but the default one are wired."""
_STYLES = {"done": "green", "stale": "yellow", "never ran": "dim", "failed": "red", "said no": "red"}
_MEANING = {
    Exit.BUG: "a bug of dlpipe",
    Exit.INPUT: "a mistake in configuration or input",
    Exit.NO: "the answer is no",
    Exit.ENVIRONMENT: "the machine: disk, permission, memory, a tool",
    Exit.INTEGRITY: "files were changed or do not belong together",
    Exit.INTERRUPTED: "interrupted",
    Exit.TERMINATED: "stopped",
}


@dataclass(frozen=True)
class State:
    """Where one stage stands: `done`, `stale`, `never ran`, `failed` or `said no`, and why."""

    state: str
    reason: str = ""
    seconds: float | None = None
    """How long its last start took."""


def show_status(name: str | None, *, check: bool = False) -> None:
    """Prints the state of every stage of one pipeline, or of all.

    Raises:
        DlpipeError: with `check`, if any stage is not done (exit 3).
    """
    project = find_project()
    names = project.pipelines() if name is None else [project.existing(name)]
    changes = changed(project)
    found = {pipeline: states(project, pipeline, changes) for pipeline in names}
    answer = {pipeline: {stage: asdict(state) for stage, state in of.items()} for pipeline, of in found.items()}
    say.result(answer, _page(found))
    behind = [pipeline for pipeline, of in found.items() if any(state.state != "done" for state in of.values())]
    if check and behind:
        raise DlpipeError(f"not up to date: {', '.join(behind)}", f"`dlpipe run {behind[0]}`", Exit.NO)


def changed(project: Project) -> Mapping[str, list[Any]]:
    """What DVC finds changed, by its own name for the stage.

    Raises:
        DlpipeError: DVC could not tell.
    """
    done = dvc.dvc(project, "status", "--json", capture=True)
    if done.returncode == 0:
        return json.loads(done.stdout or "{}")
    said = [line.removeprefix("ERROR: ") for line in done.stderr.splitlines() if line.startswith("ERROR")]
    problem = f"`dvc status` failed: {said[0] if said else done.stderr.strip()[-300:]}"
    raise DlpipeError(problem, "if another command runs, wait for it; `dlpipe check` finds mistakes", Exit.ENVIRONMENT)


def states(project: Project, pipeline: str, changes: Mapping[str, list[Any]]) -> dict[str, State]:
    """The state of every stage of a pipeline, in the order in which data flows."""
    found: dict[str, State] = {}
    recorded = _recorded(project)
    for stage in STAGES.values():
        behind = [maker for maker in _makers(stage.reads) if found[maker].state != "done"]
        address = f"{stage.name}@{pipeline}"
        reasons = list(_reasons(changes.get(address) or changes.get(f"{_OTHERS}:{address}") or []))
        ran = address in recorded
        found[stage.name] = _state(_last_start(project, pipeline, stage.name), behind, reasons, ran=ran)
    return found


def _recorded(project: Project) -> set[str]:
    """Stages that DVC's lock files know, as `train@solar`."""
    locks = (project.root / "dvc.lock", project.root / "pipelines" / "dvc.lock")
    return {stage for lock in locks if lock.is_file() for stage in config.read(lock).plain("stages") or {}}


def _makers(reads: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(maker for read in reads if (maker := read.partition("/")[0]) in STAGES))


def _state(
    last: tuple[float | None, Exit | None], behind: Sequence[str], reasons: Sequence[str], *, ran: bool
) -> State:
    seconds, failure = last
    waits = f"waits for {', '.join(behind)}" if behind else ""
    if ran and not reasons and not behind:
        return State("done", "", seconds)
    if failure is not None and not behind:
        return State("said no" if failure == Exit.NO else "failed", _MEANING[failure], seconds)
    if not ran:
        return State("never ran", waits)
    return State("stale", "; ".join(reasons) or waits, seconds)


def _last_start(project: Project, pipeline: str, stage: str) -> tuple[float | None, Exit | None]:
    """Seconds of the last start of a stage on this machine, and how it failed if it did."""
    path = project.status_file(pipeline, stage)
    if not path.is_file():
        return None, None
    status = files.read_json(path)
    return status["seconds"], None if status["exit_code"] == Exit.DONE else Exit(status["exit_code"])


def _reasons(entries: Sequence[Any]) -> Iterator[str]:
    """DVC's findings as clauses: a parameter, a file, an output that is gone."""
    for entry in entries:
        if not isinstance(entry, dict):
            yield str(entry)
            continue
        for path, how in (pair for part in entry.values() for pair in part.items()):
            if isinstance(how, dict):
                yield from (f"{key} in {path} is {change}" for key, change in how.items())
            else:
                yield f"{path} is {how}"


def _page(found: Mapping[str, Mapping[str, State]]) -> RenderableType:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    for pipeline, of in found.items():
        table.add_row(Text(pipeline, style="bold"), "", "", "")
        for stage, state in of.items():
            took = "" if state.seconds is None else f"{state.seconds:.1f} s"
            style = _STYLES[state.state]
            table.add_row(f"  {stage}", Text(state.state, style=style), Text(took, style="dim"), Text(state.reason))
    return table
