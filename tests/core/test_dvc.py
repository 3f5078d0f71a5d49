"""What dlpipe asks of DVC and reads in its lock file."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from dlpipe.core import dvc
from dlpipe.core.errors import Exit
from dlpipe.core.process import Stopped
from dlpipe.core.project import Project

_LOCK = """
schema: '2.0'
stages:
  ingest@demo:
    cmd: dlpipe ingest demo
    deps:
    - path: data/demo/raw
      hash: md5
      md5: aaaa.dir
      size: 12
      nfiles: 2
    outs:
    - path: data/demo/ingest
      hash: md5
      md5: bbbb.dir
      size: 3
      nfiles: 4
"""


@pytest.fixture
def project(project_factory: Callable[..., Project]) -> Project:
    return project_factory(num_samples=2)


def test_the_interpreters_folder_comes_first_on_path(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", "/somewhere")
    environment = dvc.environment()
    assert environment["PATH"].split(os.pathsep) == [str(Path(sys.executable).parent), "/somewhere"]
    assert environment["DVC_NO_ANALYTICS"] == "1"


def test_a_stage_of_the_default_pipeline_has_a_short_address(project: Project):
    assert dvc.stage_address(project, "train", "demo") == "train@demo"
    assert dvc.stage_address(project, "train", "other") == "pipelines/dvc.yaml:train@other"


def test_a_stage_that_never_ran_has_no_entry(project: Project):
    assert dvc.lock_entry(project, "ingest", "demo") is None
    assert dvc.output_digest(project, "ingest", "demo") is None


@pytest.mark.parametrize("place", ("dvc.lock", "pipelines/dvc.lock"))
def test_an_entry_of_either_lock_file_is_found(place: str, project: Project):
    (project.root / place).write_text(_LOCK)
    entry = dvc.lock_entry(project, "ingest", "demo")
    assert entry is not None
    assert entry["deps"] == [{"path": "data/demo/raw", "hash": "md5", "md5": "aaaa.dir", "size": 12, "nfiles": 2}]
    assert dvc.output_digest(project, "ingest", "demo") == "bbbb.dir"
    assert dvc.lock_entry(project, "ingest", "other") is None
    assert dvc.lock_entry(project, "clean", "demo") is None


def test_a_lock_without_stages_has_no_entry(project: Project):
    (project.root / "dvc.lock").write_text("schema: '2.0'\nstages: {}\n")
    assert dvc.lock_entry(project, "ingest", "demo") is None


def test_dvc_is_called_in_the_project(project: Project):
    done = dvc.dvc(project, "root", capture=True)
    assert (done.returncode, done.stdout.strip()) == (0, ".")


@pytest.mark.parametrize("running", (True, False))
def test_stopping_ends_the_running_stage_first(running: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """A stand-in for DVC starts a stage; the stage gets a signal and time to tidy up before `repro` gives up."""
    stage = "import signal, sys, time\nfrom pathlib import Path\n"
    stage += f"signal.signal(signal.SIGTERM, lambda *_: (Path({str(tmp_path / 'tidied')!r}).touch(), sys.exit(1)))\n"
    stage += f"Path({str(tmp_path / 'started')!r}).touch()\ntime.sleep(60)\n"
    stand_in = f"import subprocess, sys; sys.exit(subprocess.call([sys.executable, '-c', {stage!r}]))"
    real = subprocess.Popen

    def popen(_command: list[str], **options: object) -> subprocess.Popen[bytes]:
        return real([sys.executable, "-c", stand_in if running else ""], **options)  # type: ignore[call-overload]

    monkeypatch.setattr(subprocess, "Popen", popen)
    if not running:
        assert dvc.repro(Project(tmp_path)) == 0
        return
    monkeypatch.setattr(sys, "stderr", sys.__stderr__)
    before = signal.signal(signal.SIGUSR1, _stop)
    threading.Thread(target=_signal_once, args=(tmp_path / "started",)).start()
    try:
        with pytest.raises(Stopped):
            dvc.repro(Project(tmp_path))
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert (tmp_path / "tidied").exists()


def _stop(*_arguments: object) -> None:
    raise Stopped(Exit.TERMINATED)


def _signal_once(mark: Path) -> None:
    while not mark.exists():
        time.sleep(0.02)
    os.kill(os.getpid(), signal.SIGUSR1)
