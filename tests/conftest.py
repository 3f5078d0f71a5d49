"""Fixtures that all tests share: small projects with pictures, the real data set, and marks for what a machine lacks."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from dlpipe.core.engine import ENGINE_VARIABLE
from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.project import Project
from dlpipe.core.say import Level, say
from tests.making import make_project

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

REPOSITORY = Path(__file__).resolve().parents[1]
pytest_plugins = ["tests.faults.plugin"]
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # under `nohup` the commands under test would ignore it too

_LEFT_OVER = (
    *("RANK", "LOCAL_RANK", "WORLD_SIZE", "SLURM_PROCID", "SLURM_STEP_ID", "SLURM_NTASKS", "TORCHELASTIC_RUN_ID"),
    *("DVC_STAGE", "DVC_ROOT", "DLPIPE_LIMIT", "DLPIPE_SAY", "MLFLOW_TRACKING_URI", "MLFLOW_RUN_ID"),
    *("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"),
)


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No test sees what DVC, git hooks, SLURM or an earlier test left in the environment or in the output sink.

    `mlflow.set_tracking_uri` writes into the environment: fixtures of a session, made before the next test's, see it too.
    """
    _clear()
    yield
    monkeypatch.undo()
    _clear()


def _clear() -> None:
    for variable in _LEFT_OVER:
        os.environ.pop(variable, None)
    say.level, say.json = Level.NORMAL, False


@pytest.fixture
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures that a test made itself need no process of their own, which takes half a second to start."""
    monkeypatch.setenv(ENGINE_VARIABLE, "threads")


@pytest.fixture
def project_factory(tmp_path: Path) -> Callable[..., Project]:
    """`project_factory(name="demo", num_samples=12, …)` makes a project of its own: see `tests.making.make_project`."""

    def make(name: str = "demo", **wishes: Any) -> Project:
        return make_project(wishes.pop("root", tmp_path / "project"), name, **wishes)

    return make


@pytest.fixture(scope="session")
def elpv_wheel(request: pytest.FixtureRequest) -> Path:
    """The package that carries the real photos; kept between test runs, skipped where it cannot be had."""
    from dlpipe.core.package import fetch
    from dlpipe.ingest.sources.elpv import Elpv

    (package,) = Elpv.packages
    kept = request.config.cache.mkdir("packages")  # type: ignore[union-attr] - the cache plug-in is always on
    homes = [Project(REPOSITORY), Project(kept)]
    found = [home for home in homes if (home.local / "packages").is_dir()]
    try:
        return fetch(package, found[0] if found else homes[1])
    except DlpipeError as error:
        if error.exit_code != Exit.ENVIRONMENT:
            raise
        pytest.skip(f"the elpv data set cannot be had here: {error.problem}")


def pytest_configure(config: pytest.Config) -> None:
    from hypothesis import settings

    settings.register_profile("here", deadline=None, max_examples=50)  # a busy machine is no failure
    settings.load_profile("here")
    config.addinivalue_line("markers", "needs_gpus(count): skipped where fewer CUDA devices are visible")


def pytest_runtest_setup(item: pytest.Item) -> None:
    for mark in item.iter_markers("needs_gpus"):
        wanted = mark.args[0] if mark.args else 1
        if (seen := _num_gpus()) < wanted:
            pytest.skip(f"needs {wanted} CUDA device(s), this machine shows {seen}")


def _num_gpus() -> int:
    if not any(Path("/dev").glob("nvidia[0-9]*")) and os.environ.get("CUDA_VISIBLE_DEVICES") is None:
        return 0  # saves importing torch where there cannot be one
    import torch

    return torch.cuda.device_count()
