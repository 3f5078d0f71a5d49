"""Small finished projects, made once a test session, stage by stage, and copied for each trial."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dlpipe.core import files
from dlpipe.core.project import Project
from dlpipe.core.stage import STAGES
from dlpipe.tracking.store import store_of
from tests.faults.cold import run
from tests.making import make_project

if TYPE_CHECKING:
    from pathlib import Path

PIPELINE = "demo"
ENVIRONMENT = {"DVC_STAGE": "tests", "OMP_NUM_THREADS": "1", "DLPIPE_SAY": "1"}
"""DVC's variable has a stage run in its own process."""


def words(stage: str) -> list[str]:
    """What DVC would run, behind `dlpipe`."""
    return [stage, PIPELINE]


def command(stage: str) -> list[str]:
    """What DVC would run, by this interpreter."""
    return [sys.executable, "-m", "dlpipe", *words(stage)]


@dataclass
class Homes:
    """Where the finished project and its copies lie."""

    folder: Path
    _finished: dict[str, Project] = field(default_factory=dict)

    def finished(self, stage: str) -> Project:
        """A project in which all stages up to `stage` have run, and no later one."""
        if stage not in self._finished:
            names = list(STAGES)
            before = names[: names.index(stage)]
            if before:
                project = self.copy(self.finished(before[-1]), f"finished-{stage}")
            else:
                project = make_project(self.folder / f"finished-{stage}", PIPELINE, num_samples=_NUM_SAMPLES)
            ended = run(command(stage), project.root, ENVIRONMENT)
            assert ended.code == 0, f"{stage} ended with {ended.code}: {ended.said}"
            self._finished[stage] = project
        return self._finished[stage]

    def trial(self, stage: str, name: str) -> Project:
        """A copy in which `stage` is about to run again: its old output differs from what it will write.

        What can be made again is not there, so that the stage does all of its work.
        """
        project = self.copy(self.finished(stage), name)
        for again in ("cache", "checkpoints"):
            files.remove(project.local / again)
        output = project.data(PIPELINE) / stage
        (output / OLD).touch()
        files.write_json(output / files.DIGESTS, files.digests(output))
        return project

    def copy(self, project: Project, name: str) -> Project:
        """A copy of a project under another name, whose MLflow has taken what the first one's has.

        Its data base lies elsewhere, so it would count as another store, and every stage would send it all again.
        """
        copied = Project(shutil.copytree(project.root, self.folder / name))
        for memory in (copied.local / "journal").glob("*.sent.json"):
            memory.write_text(memory.read_text().replace(_store(project), _store(copied)))
        return copied


def _store(project: Project) -> str:
    return store_of(project, PIPELINE).identity


OLD = "old"
"""A file that marks an old output."""

_NUM_SAMPLES = 12
