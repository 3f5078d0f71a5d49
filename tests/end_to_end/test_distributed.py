"""Two processes that talk over gloo train like one, through the real command."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from safetensors.numpy import load_file

from dlpipe.core import files
from tests.making import make_project
from tests.trainable import write_split

if TYPE_CHECKING:
    from pathlib import Path

    from dlpipe.core.project import Project

# layers that see one sample at a time, so that sharing a batch changes nothing but the order of sums
VISION_TRANSFORMER = {"name": "timm", "architecture": "test_vit"}
TRAIN = {
    "model": VISION_TRANSFORMER,
    "weights": {"name": "random"},
    "epochs": 2,
    "batch_size": 8,
    "accelerator": "cpu",
    "learning_rate": 0.001,
    "head_start": "linear_probe",
}
DLPIPE = [sys.executable, "-m", "dlpipe"]
TORCHRUN = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m", "dlpipe"]
pytestmark = pytest.mark.timeout(1800)
HISTORY = ["train/loss", "val/loss", "val/accuracy", "val/auroc", "lr"]


def project_at(root: Path, **settings: Any) -> Project:
    """40 pictures, 26 of them for training, so that batches are uneven."""
    project = make_project(root, num_samples=40, sections={"train": {**TRAIN, **settings}})
    write_split(project)
    return project


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project that one process has trained."""
    project = project_at(tmp_path_factory.mktemp("one") / "one")
    done([*DLPIPE, "train", "demo"], project)
    return project


def call(command: list[str], project: Project) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.run(command, cwd=project.root, env=environment, capture_output=True, text=True, check=False)


def done(command: list[str], project: Project) -> subprocess.CompletedProcess[str]:
    finished = call(command, project)
    assert finished.returncode == 0, finished.stderr[-3000:]
    return finished


def runs_of(project: Project) -> list[tuple[str, ...]]:
    with sqlite3.connect(project.root / "mlflow.db") as database:
        return database.execute("select status from runs").fetchall()


def assert_same_training(one: Project, two: Project) -> None:
    histories = [
        pl.read_csv(project.data("demo") / "train" / "history.csv", null_values="nan") for project in (one, two)
    ]
    assert histories[0]["epoch"].to_list() == histories[1]["epoch"].to_list() == [0, 1, 2]
    for name in HISTORY:
        one_said, two_said = (history[name].drop_nulls().to_list() for history in histories)
        assert two_said == pytest.approx(one_said, rel=1e-3, abs=1e-4), name
    weights = [load_file(project.data("demo") / "train" / "weights.safetensors") for project in (one, two)]
    for name, value in weights[0].items():
        assert weights[1][name] == pytest.approx(value, rel=0.05, abs=2e-3), name


def test_two_devices_train_like_one(one: Project, tmp_path: Path) -> None:
    two = project_at(tmp_path / "two", devices=2, strategy="ddp")
    finished = done([*DLPIPE, "train", "demo", "--json"], two)
    assert_same_training(one, two)
    assert json.loads(finished.stdout)["num_train"] == 26
    assert runs_of(one) == runs_of(two) == [("FINISHED",)]
    assert finished.stderr.count("epoch 1/2") == 1, "one process speaks"
    lock = files.read_json(two.status_file("demo", "train"))
    assert lock["exit_code"] == 0


def test_torchrun_starts_the_same_training(one: Project, tmp_path: Path) -> None:
    two = project_at(tmp_path / "two")
    finished = done([*TORCHRUN, "train", "demo"], two)
    assert_same_training(one, two)
    assert runs_of(two) == [("FINISHED",)]
    assert finished.stderr.count("epoch 1/2") == 1
    again = done([*DLPIPE, "train", "demo"], two)
    assert "up to date" in again.stderr, "rank 0 told DVC"


def test_all_devices_stop_when_the_loss_is_no_number(tmp_path: Path) -> None:
    project = project_at(tmp_path / "two", devices=2, strategy="ddp", learning_rate=1e30, warmup_share=0)
    finished = call([*DLPIPE, "train", "demo"], project)
    assert finished.returncode == 3, finished.stderr[-3000:]
    assert finished.stderr.count("training diverged") == 1
    assert "Traceback" not in finished.stderr
    assert runs_of(project) == [("FAILED",)]
    assert not (project.data("demo") / "train").exists()
