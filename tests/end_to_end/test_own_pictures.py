"""The README's own pictures, as typed: a folder a class, a folder that lies elsewhere, two runs at once, Ctrl-C."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dlpipe.core.errors import Exit
from tests.making import QUICK, write_pictures
from tests.typed import command, edit, environment, run

if TYPE_CHECKING:
    from dlpipe.core.project import Project

pytestmark = pytest.mark.timeout(1200)

_FROM_SCRATCH = {
    ("dataset", "modality", "size_px"): 32,
    ("train", "epochs"): 1,
    ("evaluate", "num_resamples"): 100,
    ("evaluate", "robustness"): {},
    ("evaluate", "efficiency"): QUICK,
    ("explain", "errors"): 2,
    ("explain", "unsure"): 2,
    ("explain", "per_class"): 1,
    ("explain", "shortcut_samples"): 8,
    ("embed", "model"): {"name": "small_cnn", "width": 4, "depth": 2},
    ("embed", "weights"): {"name": "random"},
    ("train", "model"): {"name": "small_cnn", "width": 4, "depth": 2},
    ("train", "weights"): {"name": "random"},
}


@pytest.fixture(scope="module")
def flowers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with two pipelines that were run: `flowers` over its raw/, `birds` over a folder that lies elsewhere."""
    home = tmp_path_factory.mktemp("home")
    write_pictures(home / "pictures", 60, 48)
    project = home / "flowers"
    project.mkdir()
    run(["dlpipe", "init", "flowers"], project)
    edit(project / "pipelines/flowers.yaml", _FROM_SCRATCH)
    write_pictures(project / "data/flowers/raw", 60, 48)
    run(["dlpipe", "run", "flowers"], project)
    run(["dlpipe", "init", "birds", "--root", str(home / "pictures")], project)
    edit(project / "pipelines/birds.yaml", _FROM_SCRATCH)
    run(["dlpipe", "run", "birds"], project)
    return project


def test_folders_of_pictures_become_a_model(flowers: Path) -> None:
    picture = next((flowers / "data/flowers/raw/circles").iterdir())
    (answer,) = json.loads(run(["dlpipe", "predict", "flowers", str(picture), "--json"], flowers).stdout)
    assert set(answer["probabilities"]) == {"circles", "stripes"}


def test_pictures_that_lie_elsewhere_stay_there(flowers: Path) -> None:
    assert (flowers / "data/birds/export/model.onnx").is_file()
    assert not list((flowers / "data/birds").glob("raw/**/*.png"))
    assert len(list((flowers.parent / "pictures").rglob("*.png"))) == 60


def test_a_bare_repro_is_the_first_pipeline_only(flowers: Path) -> None:
    edit(flowers / "pipelines/birds.yaml", {("gate", "limits"): {"auroc": {"at_least": 0.0}}})
    said = run(["dvc", "repro"], flowers).stdout
    assert "up to date" in said
    assert "birds" not in said


def test_mlflow_ui_shows_the_run(flowers: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = ["mlflow", "ui", "--backend-store-uri", "sqlite:///mlflow.db", "--port", str(port), "--workers", "1"]
    with subprocess.Popen(
        command(words),
        cwd=flowers,
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as server:
        try:
            page = _answer(f"http://127.0.0.1:{port}/")
            assert b"<title>MLflow</title>" in page
            found = json.loads(_answer(f"http://127.0.0.1:{port}/api/2.0/mlflow/experiments/search?max_results=100"))
            assert {"flowers", "birds"} <= {experiment["name"] for experiment in found["experiments"]}
        finally:
            os.killpg(server.pid, signal.SIGTERM)


def _answer(url: str) -> bytes:
    """What a server that is just starting says, within three minutes."""
    until = time.monotonic() + 180
    while True:
        try:
            with urllib.request.urlopen(url, timeout=20) as answer:  # noqa: S310 - this machine's own server
                return answer.read()
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.5)


def test_two_runs_at_once_and_ctrl_c(project_factory) -> None:
    project: Project = project_factory(num_samples=40, git=True)
    pipeline = project.pipeline_file("demo")
    edit(pipeline, {("train", "epochs"): 20_000, ("train", "early_stopping"): None})
    first = subprocess.Popen(
        command(["dlpipe", "run", "demo"]),
        cwd=project.root,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with first:
        assert first.stderr is not None
        for line in first.stderr:
            if "epoch 2/" in line:
                break
        second = run(["dlpipe", "run", "demo"], project.root, code=Exit.ENVIRONMENT)
        assert second.stderr.count("error:") == 1, second.stderr
        os.killpg(first.pid, signal.SIGINT)  # a terminal sends it to all of them
        said = first.stderr.read()
        assert first.wait(60) == Exit.INTERRUPTED, said
        assert "Traceback" not in said
    assert list(project.local.glob("checkpoints/**/step-*")), "there is nothing to go on from"
