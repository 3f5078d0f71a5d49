"""`dlpipe clear`: lists what dlpipe keeps on this machine and can make again, and removes it when told to."""

from __future__ import annotations

import re
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dlpipe.core import files
from dlpipe.core.errors import DlpipeError, nearest
from dlpipe.core.lock import locked
from dlpipe.core.project import Project, find_project
from dlpipe.core.say import say
from dlpipe.core.stage import STAGES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rich.console import RenderableType

EVERYTHING = "all"
_ABOUT = {
    "checkpoints": "a stopped training goes on from them",
    "drafts": "left behind by stages that were killed",
    "caches": "made again when they are needed",
    "packages": "downloaded data and weights; fetched again when they are needed",
    "smoke": "outputs of runs with --limit",
}


@dataclass(frozen=True)
class Piece:
    """One file or folder of dlpipe's own making."""

    kind: str
    path: Path
    size_bytes: int


def clear(name: str | None, what: str = EVERYTHING, *, yes: bool = False) -> None:
    """Lists what can go, with sizes; removes it with `yes`. Never raw data, annotations, outputs or MLflow's store.

    Raises:
        DlpipeError: there is no such kind, or a pipeline is running.
    """
    if what not in {*_ABOUT, EVERYTHING}:
        raise DlpipeError(
            f"there is no '{what}' to clear: {nearest(what, [*_ABOUT, EVERYTHING])}", "`dlpipe clear --help`"
        )
    project = find_project()
    names = project.pipelines() if name is None else [project.existing(name)]
    found = [piece for piece in pieces(project, names, shared=name is None) if what in {piece.kind, EVERYTHING}]
    if yes:
        _remove(project, names, found)
    rows = [
        {"what": piece.kind, "path": piece.path.relative_to(project.root).as_posix(), "bytes": piece.size_bytes}
        for piece in found
    ]
    say.result(
        {"removed": yes, "pieces": rows, "bytes": sum(piece.size_bytes for piece in found)}, _page(project, found)
    )
    if found and not yes:
        say.note("nothing was removed; `--yes` removes what is listed, `--what KIND` only one kind")


def pieces(project: Project, names: Sequence[str], *, shared: bool) -> list[Piece]:
    """Everything of these pipelines that can be made again; `shared`: also what pipelines have in common."""
    found: list[tuple[str, Path]] = []
    for name in names:
        smoke = re.compile(rf"{re.escape(name)}-\d+")
        others = set(project.pipelines())
        for folder in ("smoke", "checkpoints"):
            runs = (path for path in _inside(project.local / folder) if smoke.fullmatch(path.name))
            found += [("smoke", path) for path in runs if path.name not in others]
        found += [("checkpoints", path) for path in _inside(project.local / "checkpoints") if path.name == name]
        found += [("drafts", path) for path in _drafts(project, name)]
    if shared:
        found += [("caches", path) for path in _inside(project.local / "cache")]
        found += [("packages", path) for path in _inside(project.local / "packages")]
    pieces = (Piece(kind, path, files.size_bytes(path)) for kind, path in found)
    return [piece for piece in pieces if piece.size_bytes]


def _inside(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _drafts(project: Project, name: str) -> list[Path]:
    """Unfinished folders of stages. Where an old folder stands aside too, the swap is the next start's to finish."""
    drafts = {stage: files.draft_of(project.data(name) / stage) for stage in STAGES}
    swapping = {stage for stage, draft in drafts.items() if any(draft.parent.glob(f".{stage}.old*"))}
    return [draft for stage, draft in drafts.items() if draft.exists() and stage not in swapping]


def _remove(project: Project, names: Sequence[str], found: Sequence[Piece]) -> None:
    """Removes every piece with the pipelines' locks held, so that nothing that runs loses its draft."""
    with ExitStack() as held:
        for lock in (lock for name in names for lock in (f"run-{name}", name)):
            held.enter_context(
                locked(project.local / "locks" / f"{lock}.lock", f"pipeline '{lock.removeprefix('run-')}'")
            )
        for piece in found:
            files.remove(piece.path)


def _page(project: Project, found: Sequence[Piece]) -> RenderableType:
    from rich.table import Table
    from rich.text import Text

    if not found:
        return "there is nothing to clear"
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for title in ("what", "size", "where", ""):
        table.add_column(title, justify="right" if title == "size" else "left", overflow="fold")
    for piece in found:
        where = Text(piece.path.relative_to(project.root).as_posix())
        table.add_row(piece.kind, readable(piece.size_bytes), where, Text(_ABOUT[piece.kind], style="dim"))
    table.add_row("", readable(sum(piece.size_bytes for piece in found)), "", "")
    return table


def readable(num_bytes: float) -> str:
    """A size for people: `1.2 GB`."""
    for unit in ("B", "kB", "MB", "GB"):
        if num_bytes < 1000:  # noqa: PLR2004 - SI units
            return f"{num_bytes:.0f} {unit}" if unit == "B" else f"{num_bytes:.1f} {unit}"
        num_bytes /= 1000
    return f"{num_bytes:.1f} TB"
