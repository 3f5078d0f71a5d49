"""A small training in this process, with a run that is not tracked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import pytest

from dlpipe.core import files
from dlpipe.core.stage import Inputs
from dlpipe.train.stage import run
from tests.trainable import config_of, inputs_of, write_split

if TYPE_CHECKING:
    from dlpipe.core.project import Project


@pytest.fixture
def inputs(project_factory: Callable[..., Project]) -> Inputs:
    """Inputs of the stage `train` of a project with 36 pictures of two classes, 24 of them for training."""
    project = project_factory(num_samples=36)
    write_split(project)
    return inputs_of(project)


class FakeRun:
    """Stands in for a tracked run: remembers what it was told."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.steps: list[int | None] = []
        self.told: list[dict[str, Any]] = []

    def params(self, params: Any) -> None:
        self.told.append({"params": params})

    def metrics(self, metrics: Any, step: int | None = None) -> None:
        self.steps.append(step)
        self.told.append(dict(metrics))

    def artifact(self, path: Any, folder: str = "") -> None:
        assert path.is_file()

    def dataset(self, name: str, digest: str, source: str, context: str) -> None:
        self.told.append({"dataset": (name, digest, source, context)})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        pass


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[FakeRun]:
    """Runs that trainings opened, in order; nothing goes to MLflow, whose start takes seconds."""
    opened: list[FakeRun] = []

    def open_run(project: Any, pipeline: str, key: str, **_options: Any) -> FakeRun:
        opened.append(FakeRun(key))
        return opened[-1]

    monkeypatch.setattr("dlpipe.tracking.open_run", open_run)
    return opened


@pytest.fixture
def trained(inputs: Inputs, runs: list[FakeRun], tmp_path: Path) -> Callable[..., Path]:
    """`trained(name, **settings)` runs the stage into a folder of its own and returns it."""

    def train(name: str, **settings: Any) -> Path:
        out = tmp_path / name
        out.mkdir(exist_ok=True)
        summary = run(config_of(**settings), inputs, out)
        assert summary.spent is not None
        files.remove(summary.spent)  # as whoever runs the stage does once its outputs are in place
        return out

    return train
