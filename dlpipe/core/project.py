"""Where things are. Paths follow from names and are never configured."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from dlpipe.core.errors import DlpipeError, nearest

LIMIT_VARIABLE = "DLPIPE_LIMIT"
"""Set by `dlpipe run --limit N`: stages then write to a smoke folder of their own."""

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}")
_NOT_PIPELINES = {"dvc", "versions"}
_NO_WORDS = {"null", "true", "false", "yes", "no", "on", "off"}
"""What some reader of YAML takes for a value that is no text."""


@dataclass(frozen=True)
class Project:
    """A folder with `pipelines/`, `data/` and `dvc.yaml`."""

    root: Path

    def pipeline_file(self, name: str) -> Path:
        """The one file a person edits for pipeline `name`."""
        return self.root / "pipelines" / f"{name}.yaml"

    def champion_file(self, name: str) -> Path:
        """What the gate compares with: version, digest and training ids of the model in use; `{}` at first."""
        return self.root / "pipelines" / f"{name}.champion.json"

    @property
    def versions_file(self) -> Path:
        """Numbers of what each stage computes; a parameter file of every stage."""
        return self.root / "pipelines" / "versions.yaml"

    def data(self, name: str) -> Path:
        """Where pipeline `name` keeps what people give: `raw/` and `annotations/`."""
        return self.root / "data" / name

    def outputs(self, name: str) -> Path:
        """Where the stages of pipeline `name` write: `data/<name>`, or a folder apart in a smoke run."""
        limit = smoke_limit()
        return self.data(name) if limit is None else self.local / "smoke" / f"{name}-{limit}"

    @property
    def local(self) -> Path:
        """What belongs to this machine and is in no repository: locks, status, checkpoints, caches."""
        return self.root / ".dlpipe"

    def status_file(self, name: str, stage: str) -> Path:
        """How the last start of a stage ended; DVC keeps no exit codes."""
        folder = self.local / "status" / self.outputs(name).name
        return folder / f"{stage}.json"

    def pipelines(self) -> list[str]:
        """Names of all pipelines of this project, sorted."""
        files = (self.root / "pipelines").glob("*.yaml")
        return sorted(file.stem for file in files if file.stem not in _NOT_PIPELINES)

    def existing(self, name: str) -> str:
        """`name`, if there is such a pipeline.

        Raises:
            DlpipeError: there is none.
        """
        known = self.pipelines()
        if name not in known:
            problem = f"{self.root} has no pipeline '{name}': {nearest(name, known)}"
            raise DlpipeError(
                problem, f"`dlpipe init {name}` makes one" if _NAME.fullmatch(name) else "see `dlpipe status`"
            )
        return name


def valid_name(name: str) -> str:
    """`name`, if it can be a pipeline's: it becomes a file, a folder, a DVC stage and a registered model.

    Raises:
        DlpipeError: it cannot.
    """
    if not _NAME.fullmatch(name) or name in _NOT_PIPELINES | _NO_WORDS:
        problem = f"'{name}' cannot be a pipeline's name"
        fix = "use 1 to 40 of a-z, 0-9, - and _, a letter first (not dvc or versions, and no word of YAML like true)"
        raise DlpipeError(problem, fix)
    return name


def find_project(start: Path | None = None) -> Project:
    """The project that holds `start` (default: the working directory).

    Raises:
        DlpipeError: there is none here or above.
    """
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / "pipelines").is_dir() and (folder / "dvc.yaml").is_file():
            return Project(folder)
    raise DlpipeError(f"{here} is in no dlpipe project", "go to one, or make one here with `dlpipe init NAME`")


def smoke_limit() -> int | None:
    """The number of samples of a smoke run, None in a real one."""
    value = os.environ.get(LIMIT_VARIABLE, "")
    return int(value) if value.isdecimal() and int(value) > 0 else None
