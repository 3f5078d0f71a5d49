"""`dlpipe mitigate NAME HOW`: sets what evens out groups, runs the pipeline, and shows what it brought and what it cost."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, get_args

from dlpipe.core import config, files
from dlpipe.core.errors import DlpipeError, Exit, nearest
from dlpipe.core.say import say
from dlpipe.core.stage import settings
from dlpipe.export.group_thresholds import Constraint
from dlpipe.workflow import comparing, tradeoff
from dlpipe.workflow.check import check_pipeline
from dlpipe.workflow.compare import compared, write
from dlpipe.workflow.editing import checked, edit_of
from dlpipe.workflow.run import run_pipeline
from dlpipe.workflow.side import Side, side_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dlpipe.core.project import Project

FOLDER = "mitigations"
"""Where pages and pictures are written, in the project's `.dlpipe`."""

COSTS = {
    "balance": "rare groups are shown more often: they may be learnt by heart, and accuracy over all samples usually falls",
    "weights": "rare groups weigh more: training is less steady, and accuracy over all samples usually falls",
    "dro": "the worst group leads: the mean over all samples usually gets worse, and wrong labels of rare groups count more",
    "thresholds": "answers depend on the group, which every request must then name; some are drawn; accuracy usually falls",
}
"""The ways of mitigation, and what each costs."""


@dataclass(frozen=True)
class Change:
    """One setting of a pipeline file."""

    section: str
    key: str
    value: Any
    """As YAML holds it."""
    text: str
    """As the line says it."""


def mitigate(project: Project, name: str, how: str, by: str | None = None, constraint: str | None = None) -> None:
    """Prints the model after beside the model before, and keeps a page and a picture of the trade-off.

    Raises:
        DlpipeError: there is no such way, no group to even out, nothing to compare with, or it is set already.
        SystemExit: a stage failed, or the gate said no to the new model; with its exit code.
    """
    if how not in COSTS:
        raise DlpipeError(f"there is no mitigation '{how}'; {nearest(how, COSTS)}", f"choose: {', '.join(COSTS)}")
    check_pipeline(project, name)
    _refuse_several(project, name)
    before = side_of(project, name)
    wanted = changes(how, _groups(project, name, by), constraint)
    say.warn(f"what it costs: {COSTS[how]}")
    _set(project, name, wanted)
    say.note(f"undo it: take {', '.join(f'{one.section}.{one.key}' for one in wanted)} out, then `dlpipe run {name}`")
    failed = _run(project, name)
    after = side_of(project, name)
    if after.answers.table.equals(before.answers.table):
        if failed:
            raise SystemExit(failed)
        say.note("the model answers as it did before")
    _show(project, name, how, replace(after, name=f"{name} ({how})"), replace(before, name=f"{name} (before)"))
    if failed:
        raise SystemExit(failed)


def _refuse_several(project: Project, name: str) -> None:
    dataset: Any = config.section(config.read(project.pipeline_file(name)), "dataset", settings("dataset"))
    if dataset.task.several:
        problem = f"mitigations go by the one class of a sample; of the task {dataset.task.name} it may have several"
        raise DlpipeError(
            problem, "`dlpipe evaluate` shows the gaps of each class; more data of the weak group closes them"
        )


def _groups(project: Project, name: str, by: str | None) -> list[str]:
    document = config.read(project.pipeline_file(name))
    named: list[str] = [by] if by else list(config.section(document, "dataset", settings("dataset")).groups)  # type: ignore[attr-defined] - the section is a Dataset
    if not named:
        raise DlpipeError("nothing says whose groups are to be evened out", "`--by ATTRIBUTE`, or set dataset.groups")
    return named


def changes(how: str, groups: Sequence[str], constraint: str | None) -> list[Change]:
    """The settings of a way of mitigation.

    Raises:
        DlpipeError: thresholds by several attributes, or a constraint of another way or of no name.
    """
    import json

    if constraint is not None and how != "thresholds":
        raise DlpipeError(f"`--constraint` is for thresholds, not for '{how}'", "take it out")
    if how == "thresholds":
        known = get_args(Constraint)
        if constraint is not None and constraint not in known:
            raise DlpipeError(
                f"there is no constraint '{constraint}'; {nearest(constraint, known)}", f"choose: {', '.join(known)}"
            )
        if len(groups) > 1:
            raise DlpipeError(
                f"thresholds go by one attribute, dataset.groups names {', '.join(groups)}",
                "name one: `--by ATTRIBUTE`",
            )
        value = {"by": groups[0], "constraint": constraint or "equalized_odds"}
        return [Change("export", "group_thresholds", value, json.dumps(value, ensure_ascii=False))]
    said = Change("train", "groups", list(groups), json.dumps(list(groups), ensure_ascii=False))
    if how == "dro":
        return [said, Change("train", "objective", {"name": "group_dro"}, "{name: group_dro}")]
    kind = "sampling" if how == "balance" else "weights"
    return [said, Change("train", "group_balance", kind, kind)]


def _set(project: Project, name: str, wanted: Sequence[Change]) -> None:
    """Writes the settings into the pipeline file; all of them, or none."""
    path = project.pipeline_file(name)
    old = path.read_text(encoding="utf-8")
    held = config.read(path)
    if all((held.plain(one.section) or {}).get(one.key) == one.value for one in wanted):
        say.note(f"{path} says so already")
        return
    try:
        for one in wanted:
            document = config.read(path)
            edit = edit_of(document, one.section, one.key, [f"{one.key}: {one.text}"])
            files.write_text(path, checked(document, edit, one.section, {one.key: one.value}))
        check_pipeline(project, name)
    except BaseException:
        files.write_text(path, old)
        raise
    for one in wanted:
        say.note(f"{path}: {one.section}.{one.key}: {one.text}")


def _run(project: Project, name: str) -> int:
    """Runs what is stale; 0, or the exit code of the answer no: it comes after the evaluation."""
    try:
        run_pipeline(project, name, show=False)
    except SystemExit as end:
        if end.code != Exit.NO:
            raise
        return int(Exit.NO)
    return 0


def _show(project: Project, name: str, how: str, after: Side, before: Side) -> None:
    found = compared(after, before)
    folder = project.local / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    drawable = bool(tradeoff.panels(found))
    page, picture = folder / f"{name}-{how}.html", folder / f"{name}-{how}.png"
    write(found, page, picture if drawable else None)
    told = tradeoff.words(found)
    say.result({**found, "how": how, "cost": COSTS[how], "trade_off": told}, comparing.table(found))
    say.note(told)
