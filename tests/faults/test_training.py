"""A killed training goes on: from its checkpoint, in the same tracked run, to the same weights."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from dlpipe.core import files
from tests.faults.cold import run
from tests.faults.homes import ENVIRONMENT, PIPELINE, command
from tests.making import read_pipeline, write_pipeline

if TYPE_CHECKING:
    from dlpipe.core.project import Project
    from tests.faults.sweep import Sweep

pytestmark = pytest.mark.timeout(1800)

_SECONDS = 900


@pytest.fixture
def long(sweep: Sweep, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project about to train long enough to be killed in between."""
    project = sweep.homes.trial("train", tmp_path_factory.mktemp("long", numbered=True).name)
    sections = read_pipeline(project, PIPELINE)
    sections["train"] |= {"epochs": 20, "early_stopping": None}
    write_pipeline(project, PIPELINE, sections)
    return project


def test_a_killed_training_goes_on_in_the_same_run(long: Project, sweep: Sweep):
    whole = sweep.homes.copy(long, "whole")
    ended = run(command("train"), whole.root, ENVIRONMENT)
    assert ended.code == 0, ended.said

    key = _kill_after_checkpoints(long, 3)
    ended = run(command("train"), long.root, ENVIRONMENT)
    assert ended.code == 0, ended.said
    assert "going on from step" in ended.said

    after, uninterrupted = (files.digests(project.data(PIPELINE) / "train") for project in (long, whole))
    assert {name for name in after if after[name] != uninterrupted[name]} == {"run.json"}
    assert files.read_json(long.data(PIPELINE) / "train" / "run.json")["key"] == key
    assert _num_runs(long, key) == 1
    assert not list((long.local / "checkpoints" / PIPELINE).iterdir())


def _kill_after_checkpoints(project: Project, count: int) -> str:
    """Kills a training once it has `count` checkpoints behind it; returns the key of its tracked run."""
    with subprocess.Popen(
        command("train"),
        cwd=project.root,
        env={**os.environ, **ENVIRONMENT},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        seen: set[str] = set()
        deadline = time.monotonic() + _SECONDS
        while len(seen) < count:
            assert process.poll() is None, f"training ended with {process.returncode}"
            assert time.monotonic() < deadline
            seen |= {path.name for path in (project.local / "checkpoints").rglob("step-*.ckpt")}
            time.sleep(0.005)
        os.killpg(process.pid, signal.SIGKILL)
    (noted,) = (project.local / "checkpoints" / PIPELINE).glob("*/run.json")
    return files.read_json(noted)["key"]


def _num_runs(project: Project, key: str) -> int:
    with sqlite3.connect(project.root / "mlflow.db") as store:
        rows = store.execute("select count(*) from tags where key = 'dlpipe.run' and value = ?", (key,))
        return rows.fetchone()[0]
