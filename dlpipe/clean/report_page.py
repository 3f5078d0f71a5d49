"""The audit as one page for a browser: `report.html`."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlpipe.core.loop import each
from dlpipe.modalities import Unreadable
from dlpipe.page import render
from dlpipe.page.thumbnail import thumbnail

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dlpipe.clean.audit import Subject

_MOST_CHARACTERS = 4_000_000
"""Of thumbnails: a page of 5 MB still opens at once and goes through a mail server."""
_SEGMENTS = 5


def page(report: Mapping[str, Any], subject: Subject, pipeline: str | None = None) -> str:
    """The page of a report.

    Args:
        report: As `dlpipe.clean.report` makes it.
        subject: What was audited; the samples that are shown are read once more.
        pipeline: Its name; None where a folder without one was audited, so that no verdict can be given.

    Raises:
        DlpipeError: a shown file is gone or was changed meanwhile.
    """
    eyebrow = f"dlpipe {'clean' if pipeline else 'audit'} {subject.name}"
    return render(
        Path(__file__).with_name("report.html"),
        f"Audit of {subject.name}",
        eyebrow,
        report=report,
        pictures=_pictures(subject, _shown(report)),
        segments=_segments(report),
        verdict=_verdict(report),
        pipeline=pipeline,
        quoted=shlex.quote,
    )


def _shown(report: Mapping[str, Any]) -> list[str]:
    """Ids of the samples that are shown, once each, in the page's order."""
    worst = [entry for check in report["checks"].values() for entry in check["worst"]]
    return list(dict.fromkeys(found for entry in worst for found in (entry["partner"], entry["id"]) if found))


def _pictures(subject: Subject, ids: Sequence[str]) -> dict[str, str]:
    """Thumbnails by id, as many as a page may hold; media that are no pictures have none."""
    wanted = set(ids)
    rows = {sample: row for row, sample in enumerate(subject.samples["id"]) if sample in wanted}
    reader = subject.reader()

    def small(sample_id: str) -> str:
        sample = reader[rows[sample_id]]
        if isinstance(sample, Unreadable) or sample.value.ndim != 3:  # noqa: PLR2004 - (H, W, 3)
            return ""
        return thumbnail(sample.value)

    made: dict[str, str] = {}
    room = _MOST_CHARACTERS
    for sample_id, address in zip(ids, each(small, ids, "thumbnails"), strict=True):
        room -= len(address)
        if address and room >= 0:
            made[sample_id] = address
    return made


def _segments(report: Mapping[str, Any]) -> list[tuple[float, str, str]]:
    """Shares of what came in, as (share, class, words): kept, and set aside by reason, the rarest together."""
    total = report["num_samples"] or 1
    reasons = list(report["set_aside"].items())
    if len(reasons) > _SEGMENTS + 1:
        rest = sum(count for _, count in reasons[_SEGMENTS:])
        reasons = [*reasons[:_SEGMENTS], ("other reasons", rest)]
    aside = [(count / total, f"c{number}", f"{name}: {count:,}") for number, (name, count) in enumerate(reasons, 1)]
    return [(report["num_kept"] / total, "ok", f"kept: {report['num_kept']:,}"), *aside]


def _verdict(report: Mapping[str, Any]) -> tuple[str, str]:
    """What the limits say in all, as (class, words)."""
    limits = report["limits"]
    failed = sum(limit["verdict"] == "fail" for limit in limits)
    if failed:
        return "fail", f"{failed} of {len(limits)} limits not kept"
    if not limits:
        return "plain", "no limits are set"
    return "ok", "the limit is kept" if len(limits) == 1 else f"all {len(limits)} limits are kept"
