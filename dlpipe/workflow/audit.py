"""`dlpipe audit`: the audit of the stage `clean` over any folder, without a pipeline. Writes nothing into the folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlpipe.clean.audit import Subject, audit, fitting
from dlpipe.clean.checks import Check
from dlpipe.clean.decide import UNREADABLE
from dlpipe.clean.limits import SET_ASIDE, Limit
from dlpipe.clean.report import refusal, report
from dlpipe.clean.report_page import page
from dlpipe.clean.stage import usual
from dlpipe.clean.terminal import audit_table
from dlpipe.core import files, plugin
from dlpipe.core.errors import DlpipeError, nearest
from dlpipe.core.filename import as_text
from dlpipe.core.say import say
from dlpipe.ingest.digests import with_digests
from dlpipe.ingest.sources import Source
from dlpipe.modalities import Modality

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.console import RenderableType

    from dlpipe.ingest.sources import Listing


def audit_folder(
    place: Path, *, at_most: Sequence[str] = (), page_file: Path | None = None, checks: Sequence[str] = ()
) -> None:
    """Looks at every picture below a folder and says what is wrong with it.

    Args:
        place: The folder; its folders are classes, if it has any.
        at_most: Limits as `CHECK=SHARE`.
        page_file: Where the report for a browser goes; outside of `place`.
        checks: Names of checks, with their defaults; empty for the usual ones.

    Raises:
        DlpipeError: the folder has no picture, a wish is not clear (exit 2), or a limit is not kept (exit 3).
    """
    chosen = _chosen(checks)
    limits = dict(_limit(wish, chosen) for wish in at_most)
    target = None if page_file is None else _outside(page_file, place)
    modality = plugin.make(Modality, "image", {})
    subject, listing = _subject(place, modality)
    seen = audit(subject, fitting(chosen, modality, asked=bool(checks)), {})
    answer: dict[str, Any] = {**report(seen, limits), "not_looked_at": _left_out(listing)}
    for sentence in answer["warnings"]:
        say.warn(sentence)
    if target is not None:
        files.write_text(target, page(answer, subject))
    say.result(answer, _shown(answer, target))
    if no := refusal(answer, "mend or remove the files above, or allow more with --at-most"):
        raise no


def _chosen(names: Sequence[str]) -> dict[str, Check]:
    found = {name: plugin.find(Check, name)() for name in names} if names else usual()
    needing = [name for name, check in found.items() if check.uses_vectors]
    if needing and names:
        problem = f"{needing[0]} needs vectors of the stage `embed`, and a folder without a pipeline has none"
        raise DlpipeError(problem, "make a pipeline of it: `dlpipe init NAME --root FOLDER`")
    return {name: check for name, check in found.items() if name not in needing}


def _limit(wish: str, checks: Mapping[str, Check]) -> tuple[str, Limit]:
    name, _, share = wish.partition("=")
    known = [*checks, UNREADABLE, SET_ASIDE]
    if name not in known:
        raise DlpipeError(f"--at-most {wish}: there is no check '{name}' here; {nearest(name, known)}", _how())
    try:
        allowed = float(share)
    except ValueError as error:
        raise DlpipeError(f"--at-most {wish}: '{share}' is no number", _how()) from error
    if not 0 <= allowed <= 1:
        raise DlpipeError(f"--at-most {wish}: {share} is no share from 0 to 1", _how())
    return name, Limit(at_most=allowed)


def _how() -> str:
    return "write it as CHECK=SHARE, like --at-most blurry=0.05 for 5 %"


def _outside(page_file: Path, place: Path) -> Path:
    target = page_file.expanduser().resolve()
    if target.is_relative_to(place.expanduser().resolve()):
        raise DlpipeError(f"{target} lies in the folder that is audited, and nothing is written there", "name another")
    if not target.parent.is_dir() or target.is_dir():
        raise DlpipeError(f"{target} cannot be a file: its folder is missing or it is one", "name a file to write")
    return target


def _subject(place: Path, modality: Modality) -> tuple[Subject, Listing]:
    folder = place.expanduser().resolve()
    if not folder.is_dir():
        raise DlpipeError(f"{folder} is no folder", f"name the folder that holds the {modality.noun}s")
    listing = plugin.make(Source, "folder", {}).list(folder, modality)
    samples, lost = with_digests(listing.samples, folder)
    listing.set_aside.extend(lost)
    if samples.is_empty():
        endings = " ".join(modality.suffixes)
        raise DlpipeError(f"{folder} holds no {modality.noun} that can be read", f"known endings: {endings}")
    name = as_text(folder.name) or "the whole disk"
    return Subject(name, samples.sort("id"), listing.votes, folder, modality), listing


def _left_out(listing: Listing) -> dict[str, int]:
    """How many files were not looked at, by reason."""
    reasons = [reason for _, reason, _ in listing.set_aside]
    return {reason: reasons.count(reason) for reason in sorted(set(reasons))}


def _shown(answer: Mapping[str, Any], target: Path | None) -> RenderableType:
    from rich.console import Group
    from rich.text import Text

    lines: list[RenderableType] = [audit_table(answer), Text("")]
    if answer["not_looked_at"]:
        counts = ", ".join(f"{count:,} {reason.replace('_', ' ')}" for reason, count in answer["not_looked_at"].items())
        lines.append(Text(f"not looked at: {counts}"))
    if target is None:
        lines.append(Text("see them: the same command with --report FILE.html"))
    else:
        lines.append(Text(f"report: {target}", no_wrap=True, overflow="ignore"))
    return Group(*lines)
