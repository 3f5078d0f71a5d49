"""`dlpipe promote`: a registered version becomes the champion, in git and in MLflow, and every later gate compares with it."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from dlpipe.core import champion as champions
from dlpipe.core.champion import Champion
from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.lock import locked
from dlpipe.core.say import printable, say
from dlpipe.report import title

if TYPE_CHECKING:
    from dlpipe.core.project import Project
    from dlpipe.tracking.promotion import Version

_LONGEST_REASON = 1000


def promote(
    project: Project, name: str, *, version: str | None = None, because: str | None = None, anyway: bool = False
) -> None:
    """Makes a version (default: the challenger, which is what was registered last) the champion and says how to undo it.

    Raises:
        DlpipeError: there is no such version (2), the gate did not let it pass (3), MLflow is away (4), or it holds
            other bytes than were registered (5). Then nothing has changed.
    """
    pipeline = project.existing(name)
    reason = _reason(because, anyway=anyway)
    from dlpipe.tracking import promotion
    from dlpipe.tracking.registry import CHALLENGER

    with locked(project.local / "locks" / f"run-{pipeline}.lock", f"pipeline '{pipeline}'"):
        path = project.champion_file(pipeline)
        before = champions.read(path)
        found = promotion.version_of(project, pipeline, version or CHALLENGER, "promote")
        chosen = _champion(pipeline, found, reason, anyway=anyway)
        alias = promotion.champion_alias(project, pipeline, "promote")
        if before is not None and alias != before.version:
            say.warn(
                f"{path} says version {before.version}, MLflow's champion was {alias or 'nobody'}: both change now"
            )
        promotion.fetched(project, pipeline, chosen, "promote")
        if before is None or not _same(before, chosen):
            champions.write(path, chosen)
        promotion.set_champion(project, pipeline, chosen.version, before=alias, tags=_tags(chosen))
    _tell(pipeline, before, chosen)


def _reason(because: str | None, *, anyway: bool) -> str | None:
    reason = (because or "").strip() or None
    if anyway and reason is None:
        problem = "--anyway overrules the gate, and whoever looks later must know why"
        raise DlpipeError(problem, 'say it: --because "the old camera is gone, this one is all we have"')
    if reason is not None and len(reason) > _LONGEST_REASON:
        raise DlpipeError(f"--because has {len(reason):,} characters", f"say it in {_LONGEST_REASON:,}")
    return reason


def _champion(pipeline: str, version: Version, because: str | None, *, anyway: bool) -> Champion:
    """The version as the champion file holds it, if it may be promoted."""
    from dlpipe.tracking.registry import DESCRIPTION_TAG, FITTED_TAG, MODEL_TAG

    lacking = [tag for tag in (MODEL_TAG, DESCRIPTION_TAG, FITTED_TAG) if tag not in version.tags]
    if lacking:
        problem = (
            f"version {version.number} of '{pipeline}' does not say which model it is: no tag {', '.join(lacking)}"
        )
        fix = f"register it with this dlpipe (`dlpipe register {pipeline} --force`), then promote the new version"
        raise DlpipeError(problem, fix, Exit.INTEGRITY)
    verdict = version.tags.get("dlpipe.gate.verdict", "none")
    if verdict != "pass" and not anyway:
        problem = f"the gate's verdict on version {version.number} of '{pipeline}' is '{verdict}', not pass"
        fix = f'promote another, or `dlpipe promote {pipeline} --version {version.number} --anyway --because "…"`'
        raise DlpipeError(problem, fix, Exit.NO)
    return Champion(
        version.number,
        version.tags[MODEL_TAG],
        version.tags[DESCRIPTION_TAG],
        version.tags[FITTED_TAG],
        int(version.tags.get("dlpipe.fitted.samples", "0")),
        verdict if verdict == "pass" else f"{verdict}, overruled",
        because,
        json.loads(version.tags.get("dlpipe.metrics", "{}")),
    )


def _same(one: Champion, other: Champion) -> bool:
    """Whether they are the same version, promoted for the same reason: the file stays as it is."""
    return {**asdict(one), "because": None} == {**asdict(other), "because": None} and other.because in {
        None,
        one.because,
    }


def _tags(champion: Champion) -> dict[str, str]:
    said = {"dlpipe.promoted.gate": champion.gate, "dlpipe.promoted.because": champion.because or ""}
    return {name: value for name, value in said.items() if value}


def _tell(pipeline: str, before: Champion | None, chosen: Champion) -> None:
    undo = _undo(pipeline, before, chosen)
    steps = [
        f"git add pipelines/{pipeline}.champion.json && git commit -m '{pipeline} {chosen.version} is the champion'",
        f"dlpipe run {pipeline}",
    ]
    answer = {"pipeline": pipeline, "champion": asdict(chosen), "undo": undo, "next": steps}
    answer["before"] = None if before is None else before.version
    say.result(answer, "\n".join(_lines(pipeline, before, chosen, undo, steps)))


def _undo(pipeline: str, before: Champion | None, chosen: Champion) -> str | None:
    if before is None or before.version == chosen.version:
        return None
    return f"dlpipe promote {pipeline} --version {before.version}"


def _lines(pipeline: str, before: Champion | None, chosen: Champion, undo: str | None, steps: list[str]) -> list[str]:
    was = "there was none" if before is None else f"was version {before.version}"
    if before is not None and before.version == chosen.version:
        was = "as before"
    lines = [f"{pipeline}: version {chosen.version} is the champion ({was}); gate: {chosen.gate}"]
    if chosen.because:
        lines.append(f"because: {printable(chosen.because)}")
    lines += [f"  {title(name)} {_told(said)}" for name, said in chosen.metrics.items()]
    lines.append("  each on its own test samples; the gate compares later models with it on theirs")
    if undo:
        lines.append(f"undo: {undo}")
    return [*lines, "next:", *(f"  {step}" for step in steps)]


def _told(said: dict[str, Any]) -> str:
    if said.get("value") is None:
        return "undefined"
    ends = "" if said.get("low") is None else f" [{said['low']:.3f}, {said['high']:.3f}]"
    return f"{said['value']:.3f}{ends}"
