"""`dlpipe compare A B`: two models side by side, in pairs where both were asked about the same samples."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlpipe.comparison.answers import IncomparableError, pair_of
from dlpipe.comparison.paired import How, compare
from dlpipe.core import files
from dlpipe.core.errors import DlpipeError
from dlpipe.core.plugin import make, names, restored
from dlpipe.core.say import say
from dlpipe.workflow import comparing, tradeoff
from dlpipe.workflow.side import Side, side_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dlpipe.core.project import Project

SCHEMA_VERSION = 1
_ALPHA = 0.025
_RESAMPLES = 1000
_LEAST = 2


def compare_models(
    project: Project,
    first: str,
    second: str,
    *,
    markdown: bool = False,
    html: Path | None = None,
    plot: Path | None = None,
) -> None:
    """Prints how the first does beside the second: metrics, gaps between groups, groups, and settings that differ.

    Raises:
        DlpipeError: one of them means nothing or was never evaluated; the page or the picture cannot be written there.
    """
    if markdown and say.json:
        raise DlpipeError("`--json` and `--markdown` contradict one another", "choose one of them")
    for path in (html, plot):
        if path is not None and not path.absolute().parent.is_dir():
            raise DlpipeError(f"{path.absolute().parent} is no folder", "make it, or write elsewhere")
    if plot is not None and plot.suffix.lower() not in tradeoff.FORMATS:
        raise DlpipeError(f"{plot}: a picture ends in {' or '.join(tradeoff.FORMATS)}", "name it so")
    found = compared(side_of(project, first), side_of(project, second))
    write(found, html, plot)
    say.result(found, comparing.markdown(found) if markdown else comparing.table(found))


def write(found: Mapping[str, Any], html: Path | None, plot: Path | None) -> None:
    """Writes the page and the picture of the trade-off, where they are wanted."""
    if html is not None:
        files.write_text(html.absolute(), comparing.page(found))
        say.note(f"wrote {html}")
    if plot is not None:
        tradeoff.save(found, plot)
        say.note(f"wrote {plot}")


def compared(first: Side, second: Side) -> dict[str, Any]:
    """Everything that is said of two sides, as JSON holds it."""
    told: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "first": _about(first),
        "second": _about(second),
        "settings": _differing(first.settings, second.settings),
        "paired": None,
        "reason": None,
    }
    try:
        told["paired"] = _paired(first, second)
    except IncomparableError as error:
        told["reason"] = error.reason
    return told


def _about(side: Side) -> dict[str, Any]:
    names = ("num_samples", "model_digest", "metrics", "higher_is_better")
    held = {name: side.evaluation[name] for name in names}
    return {"name": side.name, "about": side.about, **held, "fairness": side.evaluation.get("fairness", {})}


def _paired(first: Side, second: Side) -> dict[str, Any]:
    settings = first.evaluation["metric_settings"], second.evaluation["metric_settings"]
    same = [name for name, said in settings[0].items() if settings[1].get(name) == said]
    if not same:
        raise IncomparableError("no metric was measured in the same way for both")
    pair = pair_of(first.answers, second.answers)
    if len(pair.y_true) < _LEAST:
        raise IncomparableError("both were asked about one sample only")
    from dlpipe.metrics import Metric
    from dlpipe.metrics.fairness import FairnessMetric

    metrics = {name: restored(Metric, settings[0][name]) for name in same}
    known = set(names(FairnessMetric))  # gaps of single classes, where a sample may have several, are not compared
    gaps = {name: make(FairnessMetric, name, {}) for name in sorted(_gaps(first) & _gaps(second) & known)}
    drawn_by = "sample" if pair.clusters is None else first.evaluation["intervals"]["drawn_by"]
    return {**compare(pair, How(metrics, _ALPHA, _RESAMPLES, 0, gaps)), "drawn_by": drawn_by}


def _gaps(side: Side) -> set[str]:
    """Gaps between groups that it was measured by."""
    return {name for entries in side.evaluation.get("fairness", {}).values() for name in entries}


def _differing(first: Mapping[str, str], second: Mapping[str, str]) -> list[dict[str, str | None]]:
    """Settings that are not the same, by name; those of sections that only one side knows say nothing."""
    sections = {name.partition(".")[0] for name in first} & {name.partition(".")[0] for name in second}
    names = sorted(name for name in {*first, *second} if name.partition(".")[0] in sections)
    return [
        {"setting": name, "first": first.get(name), "second": second.get(name)}
        for name in names
        if first.get(name) != second.get(name)
    ]
