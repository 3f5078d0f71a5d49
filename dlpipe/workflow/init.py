"""`dlpipe init`: adds a pipeline to a project, and makes the project first where there is none. Overwrites nothing."""

from __future__ import annotations

import io
import os
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ruamel.yaml import YAML

from dlpipe.core import config, files
from dlpipe.core.errors import DlpipeError
from dlpipe.core.project import Project, find_project, valid_name
from dlpipe.core.say import say
from dlpipe.templates import pipeline_text, ready
from dlpipe.workflow.repository import dvc_files, ignore_files, make_git
from dlpipe.workflow.versions import stage_numbers
from dlpipe.workflow.wiring import is_made_by_dlpipe, other_wiring, root_wiring

if TYPE_CHECKING:
    from collections.abc import Mapping

_VERSIONS_HEAD = """\
# Written by `dlpipe run`: a number rises when its stage computes something else, so that DVC runs it again.
"""
_VERSIONS_TAIL = """\
# Plug-ins of other distributions, with their versions.
plugins: {}
# Digests of listings of raw folders that lie outside of data/.
"""
_HARMLESS = {"data", "venv", "env", "README.md", "LICENSE", "pyproject.toml", "requirements.txt"}
"""What may stand in a folder that becomes a project, next to hidden files."""


@dataclass(frozen=True)
class _Plan:
    """What `init` will write: `new` files must not be there, `changed` ones are dlpipe's own and grow."""

    project: Project
    new: Mapping[Path, str]
    changed: Mapping[Path, str]
    is_new_project: bool


def init(name: str, *, folder: Path | None = None, root: str | None = None) -> None:
    """Adds pipeline `name` and prints what to do next.

    Args:
        name: Name of the pipeline; that of a ready pipeline gives the ready one.
        folder: Where the project is or will be; made if it is missing. Default: the working directory.
        root: Where the pictures lie if not in `data/<name>/raw`; relative to the working directory.

    Raises:
        DlpipeError: a file is in the way or the wiring was edited by hand; nothing was written then.
    """
    valid_name(name)
    project, is_new = _project(folder)
    plan = _plan(project, name, _root(root, project), is_new_project=is_new)
    project.root.mkdir(parents=True, exist_ok=True)
    if is_new:
        make_git(project)
    written = _write(plan)
    raw = project.data(name) / "raw"
    raw.mkdir(parents=True, exist_ok=True)
    steps = _next_steps(plan, name, has_root=root is not None)
    answer = {"pipeline": name, "project": str(project.root), "written": written, "next": steps}
    say.result(answer, _page(name, written, steps))


def _project(folder: Path | None) -> tuple[Project, bool]:
    """The project of `folder`, and whether it has yet to be made."""
    here = (folder or Path.cwd()).expanduser().resolve()
    if here.exists() and not here.is_dir():
        raise DlpipeError(f"{here} is a file", "name a folder")
    try:
        found = find_project(here)
    except DlpipeError:
        _check_folder(here)
        return Project(here), True
    if folder is not None and found.root != here:
        problem = f"{here} lies inside the dlpipe project {found.root}, and a project in a project confuses DVC"
        raise DlpipeError(problem, "name a folder outside of it, or leave `--project` out to add the pipeline there")
    return found, False


def _check_folder(here: Path) -> None:
    entries = sorted(os.listdir(here)) if here.is_dir() else []  # noqa: PTH208 - names only
    odd = [entry for entry in entries if not entry.startswith(".") and entry not in _HARMLESS]
    if odd and ".git" not in entries:
        problem = f"{here} is neither empty nor a dlpipe project nor a git repository: it holds {odd[0]}"
        raise DlpipeError(problem, "go to an empty folder, or name a new one: `dlpipe init NAME --project DIR`")


def _root(root: str | None, project: Project) -> str | None:
    """`ingest.source.root`: absolute if it was given so, else relative to the project."""
    if root is None:
        return None
    place = Path(root).expanduser()
    if not place.is_dir():
        raise DlpipeError(f"{place.absolute()} is no folder", "`--root` names the folder in which the files lie")
    return str(place) if place.is_absolute() else os.path.relpath(place.resolve(), project.root)


def _plan(project: Project, name: str, root: str | None, *, is_new_project: bool) -> _Plan:
    data = project.data(name)
    new = {
        data / ".gitignore": "/raw\n",
        data / "annotations" / "verdicts.jsonl": "",
        data / "annotations" / "labels.jsonl": "",
        project.champion_file(name): "{}\n",
    }
    changed: dict[Path, str] = {}
    if is_new_project:
        wired = {project.versions_file: _versions(name), project.root / "dvc.yaml": root_wiring(name)}
        new = dvc_files(project) | new | wired
    else:
        changed = {project.versions_file: _more_versions(project, name), **_more_wiring(project, name)}
    new[project.pipeline_file(name)] = pipeline_text(name, root)  # last: from then on there is such a pipeline
    _refuse_to_overwrite(new, project.pipeline_file(name))
    return _Plan(project, new, changed | ignore_files(project), is_new_project)


def _refuse_to_overwrite(new: Mapping[Path, str], pipeline_file: Path) -> None:
    in_the_way = [
        str(path) for path, text in new.items() if path.exists() and (path == pipeline_file or not _has(path, text))
    ]
    if in_the_way:
        problem = f"nothing is overwritten: {', '.join(in_the_way)} is there already"
        raise DlpipeError(problem, "choose another name, or move it away")


def _has(path: Path, text: str) -> bool:
    """Whether an `init` that was stopped half-way has already written this file."""
    return path.is_file() and path.read_bytes() == text.encode()


def _versions(name: str) -> str:
    numbers = "".join(f"{stage}: {number}\n" for stage, number in stage_numbers().items())
    return f"{_VERSIONS_HEAD}{numbers}{_VERSIONS_TAIL}outside: {{{name}: null}}\n"


def _more_versions(project: Project, name: str) -> str:
    tree = config.read(project.versions_file).tree
    tree.setdefault("outside", {})[name] = None
    stream = io.StringIO()
    YAML(typ="rt").dump(tree, stream)
    return stream.getvalue()


def _more_wiring(project: Project, name: str) -> dict[Path, str]:
    """`pipelines/dvc.yaml` over one pipeline more.

    Raises:
        DlpipeError: somebody edited it by hand.
    """
    path = project.root / "pipelines" / "dvc.yaml"
    if path.exists() and not is_made_by_dlpipe(path.read_text(encoding="utf-8")):
        problem = f"{path} was edited by hand, so it is not written anew"
        raise DlpipeError(problem, f"move your changes to the root dvc.yaml and remove it, then `dlpipe init {name}`")
    stages = config.read(project.root / "dvc.yaml").plain("stages")
    default = next(iter(stages.values()))["foreach"]
    others = [other for other in {*project.pipelines(), name} if other not in default]
    return {path: other_wiring(others)} if others else {}


def _write(plan: _Plan) -> list[str]:
    written: list[str] = []
    for path, text in {**plan.changed, **plan.new}.items():
        if _has(path, text):
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        files.write_text(path, text)
        written.append(path.relative_to(plan.project.root).as_posix())
    return written


def _next_steps(plan: _Plan, name: str, *, has_root: bool) -> list[str]:
    steps = [] if plan.project.root == Path.cwd() else [f"cd {shlex.quote(str(plan.project.root))}"]
    if not has_root and name not in ready():
        steps.append(f"put pictures into data/{name}/raw/CLASS/")
    return [*steps, f"dlpipe check {name}", f"dlpipe run {name} --limit 200", f"dlpipe run {name}"]


def _page(name: str, written: list[str], steps: list[str]) -> str:
    lines = [f"pipeline {name}: wrote", *(f"  {path}" for path in written), "next:", *(f"  {step}" for step in steps)]
    return "\n".join(lines)
