"""An audit of a folder of few pictures, made without a project: for tests of what is said of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PIL import Image

from dlpipe.clean.audit import Audit, Subject, audit
from dlpipe.clean.checks import Check
from dlpipe.clean.verdicts import Verdict
from dlpipe.core import plugin
from dlpipe.ingest.digests import with_digests
from dlpipe.ingest.sources import Source
from dlpipe.modalities import Modality
from tests.clean.evidence import scene

if TYPE_CHECKING:
    from pathlib import Path

BLACK, COPY, CUT = "circles/black.png", "stripes/copy.png", "stripes/cut.png"


def make_folder(raw: Path) -> Path:
    """Six good pictures of two classes, a black one, a copy under another label, and a truncated one."""
    for number in range(6):
        folder = raw / ("circles", "stripes")[number % 2]
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(scene(number, 96)).save(folder / f"{number}.png")
    Image.new("RGB", (96, 96)).save(raw / BLACK)
    first = (raw / "circles" / "0.png").read_bytes()
    (raw / COPY).write_bytes(first)
    (raw / CUT).write_bytes(first[: len(first) // 2])
    return raw


def audited(raw: Path, *verdicts: dict[str, Any], **checks: dict[str, Any]) -> Audit:
    """The audit of what lies in `raw`, by these checks."""
    chosen = {name: plugin.make(Check, name, settings) for name, settings in checks.items()}
    modality = plugin.make(Modality, "image", {})
    listing = plugin.make(Source, "folder", {}).list(raw, modality)
    samples, _ = with_digests(listing.samples, raw)
    said = {line["id"]: Verdict(by="eva", **line) for line in verdicts}
    return audit(Subject("demo", samples.sort("id"), listing.votes, raw, modality), chosen, said)
