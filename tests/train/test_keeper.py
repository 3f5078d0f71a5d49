from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest
import torch
from safetensors.torch import load_file

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.stage import Inputs
from dlpipe.train.checkpoint import DurableCheckpoints
from dlpipe.train.history import History
from dlpipe.train.keeper import Keeper, Plan
from dlpipe.train.resume import ResumeFolder
from dlpipe.train.stage import run
from tests.train.conftest import FakeRun
from tests.train.killing import KilledError, kill_after_save
from tests.trainable import config_of

Train = Callable[..., Path]
FAST_AND_WILD = {"epochs": 40, "learning_rate": 1.0, "warmup_share": 0, "early_stopping": {"patience": 2}}


@pytest.fixture
def saved(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Steps of the checkpoints that trainings wrote, in order."""
    steps: list[int] = []
    save = DurableCheckpoints.save_checkpoint

    def noted(self: DurableCheckpoints, checkpoint: dict[str, Any], path: Any, storage_options: Any = None) -> None:
        steps.append(checkpoint["global_step"])
        save(self, checkpoint, path, storage_options)

    monkeypatch.setattr(DurableCheckpoints, "save_checkpoint", noted)
    return steps


@pytest.mark.parametrize(
    ("minutes", "steps"), ((10, [3, 6]), (0, [1, 2, 3, 4, 5, 6])), ids=("by the epoch", "by the clock")
)
def test_a_checkpoint_is_written_at_every_epochs_end_and_when_its_time_has_come(
    trained: Train, runs: list[FakeRun], saved: list[int], minutes: float, steps: list[int]
) -> None:
    trained("out", epochs=2, checkpoint_minutes=minutes)
    assert saved == steps


def test_the_folder_holds_the_best_epochs_weights_and_two_checkpoints(
    inputs: Inputs, runs: list[FakeRun], tmp_path: Path
) -> None:
    summary = run(config_of(checkpoint_minutes=0), inputs, tmp_path)
    assert summary.spent is not None
    folder = ResumeFolder(summary.spent)
    assert [step for step in range(20) if folder.checkpoint(step).is_file()] == [8, 9]
    (best,) = folder.path.glob("best-*.safetensors")
    assert best == folder.best(summary.facts["best_epoch"])
    weights = load_file(tmp_path / "weights.safetensors")
    assert all(torch.equal(value, weights[name]) for name, value in load_file(best).items())
    assert {name.partition(".")[0] for name in weights} == {"backbone", "head"}


def test_early_stopping_keeps_the_best_epoch(
    trained: Train, runs: list[FakeRun], capsys: pytest.CaptureFixture[str]
) -> None:
    out = trained("out", **FAST_AND_WILD)
    epochs = pl.read_csv(out / "history.csv")
    best = epochs.sort(["val/auroc", "epoch"], descending=[True, False])["epoch"][0]
    assert epochs.height == best + 2 < 40
    assert runs[0].told[-1]["best/epoch"] == best
    assert "no better val/auroc for 2 epochs: stopping early" in capsys.readouterr().err


def test_killed_when_it_was_about_to_stop_early_it_stops_when_it_goes_on(
    trained: Train, runs: list[FakeRun], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = trained("whole", **FAST_AND_WILD)
    epochs = pl.read_csv(whole / "history.csv").height
    with monkeypatch.context() as patch:
        kill_after_save(patch, epochs)
        with pytest.raises(KilledError):
            trained("killed", **FAST_AND_WILD)
    resumed = trained("killed", **FAST_AND_WILD)
    assert [step for step in runs[2].steps if step is not None] == []
    for name in ("history.csv", "weights.safetensors"):
        assert (resumed / name).read_bytes() == (whole / name).read_bytes()


def test_without_early_stopping_every_epoch_is_trained(trained: Train, runs: list[FakeRun]) -> None:
    out = trained("out", **{**FAST_AND_WILD, "epochs": 6, "early_stopping": None})
    assert pl.read_csv(out / "history.csv").height == 6


def test_a_validation_loss_that_is_no_number_stops_it(
    trained: Train, runs: list[FakeRun], monkeypatch: pytest.MonkeyPatch, saved: list[int]
) -> None:
    def measured(*_given: Any) -> dict[str, float]:
        return {"val/loss": math.inf, "val/accuracy": 0.5}

    monkeypatch.setattr("dlpipe.train.supervision.measured", measured)
    with pytest.raises(DlpipeError, match="validation loss of epoch 1 is not a finite number") as caught:
        trained("out")
    assert caught.value.exit_code == Exit.NO
    assert saved == [], "it does not go on from there"


def test_an_epoch_is_said_in_a_line(trained: Train, runs: list[FakeRun], capsys: pytest.CaptureFixture[str]) -> None:
    trained("out", epochs=2)
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("  epoch ")]
    assert [line.split()[1] for line in lines] == ["1/2", "2/2"]
    assert lines[0].endswith("best")
    assert all("/s" in line for line in lines)
    told = [told for told in runs[0].told if "images_per_second" in told]
    assert all(1 < epoch["images_per_second"] < 1e6 for epoch in told)


def keeper_of(tmp_path: Path, minutes: float) -> Keeper:
    plan = Plan(num_epochs=1, patience=None, checkpoint_minutes=minutes, num_train=100)
    nothing: Any = None
    return Keeper(plan, History("val/loss", larger_is_better=False), ResumeFolder(tmp_path), nothing, None, nothing)


def one_of_two(rank: int, first_says: float) -> Any:
    """The trainer of one of two devices; `first_says` is what the first one puts into the sum."""
    strategy = SimpleNamespace(
        root_device=torch.device("cpu"),
        reduce=lambda mine, reduce_op: mine + (first_says if rank else 0),
    )
    return SimpleNamespace(world_size=2, is_global_zero=rank == 0, strategy=strategy)


@pytest.mark.parametrize("is_due", (True, False))
def test_devices_agree_on_when_a_checkpoint_is_due(tmp_path: Path, is_due: bool) -> None:
    """All of them must take part in writing it, and their clocks differ: the first one decides."""
    first, second = keeper_of(tmp_path, 0 if is_due else 10), keeper_of(tmp_path, 10 if is_due else 0)
    asked = [done for done in range(1, 65) if first._is_due(one_of_two(0, 0.0), done)]
    heard = [done for done in range(1, 65) if second._is_due(one_of_two(1, float(is_due)), done)]
    assert asked == heard == ([16, 32, 48, 64] if is_due else [])
