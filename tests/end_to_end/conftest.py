"""One finished run of the default pipeline on the real photos, for all tests that look at it."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.typed import edit, run

if TYPE_CHECKING:
    from pathlib import Path

_QUICK = {
    ("dataset", "modality", "size_px"): 64,
    ("train", "epochs"): 1,
    ("evaluate", "num_resamples"): 200,
    ("evaluate", "robustness_samples"): 20,
    ("evaluate", "efficiency"): {"seconds": 0.2, "batch_sizes": [2, 8]},
    ("explain", "errors"): 4,
    ("explain", "unsure"): 2,
    ("explain", "per_class"): 2,
    ("explain", "shortcut_samples"): 20,
    ("gate", "limits"): {"auroc": {"at_least": 0.4}},
}


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory, elpv_wheel: Path) -> Path:
    """A project in which `dlpipe init solar` and `dlpipe run` have been typed, and the result committed."""
    project = tmp_path_factory.mktemp("a user's") / "solar cells"
    project.mkdir()
    run(["dlpipe", "init", "solar"], project)
    shutil.copytree(elpv_wheel.parent, project / ".dlpipe" / "packages", dirs_exist_ok=True)
    edit(project / "pipelines/solar.yaml", _QUICK)
    _commit(project, "a new project")
    said = run(["dlpipe", "run"], project)
    (project / "run.txt").write_text(said.stdout + said.stderr, encoding="utf-8")
    _commit(project, "a first model")
    return project


def _commit(project: Path, message: str) -> None:
    run(["git", "add", "--all", "."], project)
    who = ["-c", "user.name=A User", "-c", "user.email=user@example.org"]
    run(["git", *who, "commit", "--quiet", "--message", message], project)
