from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
import torch

from dlpipe.core import files
from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.network import read_network
from dlpipe.train.stage import run
from tests.train.conftest import FakeRun
from tests.train.killing import KilledError, kill_after_save
from tests.trainable import config_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dlpipe.core.stage import Inputs


def test_the_stage_writes_what_later_stages_read(trained: Callable[..., Path], runs: list[FakeRun]) -> None:
    out = trained("out")
    described = files.read_json(out / "model.json")
    assert described["classes"] == ["circles", "stripes"]
    assert (described["positive"], described["example_shape"], described["num_features"]) == (1, [3, 32, 32], 8)
    network = read_network(described, out / "weights.safetensors")
    logits, features = network(torch.zeros(2, 3, 32, 32, dtype=torch.uint8))
    assert logits.shape == (2, 2)
    assert features.shape == (2, 8)
    assert files.read_json(out / "run.json") == {"key": runs[0].key, "experiment": "demo"}
    history = pl.read_csv(out / "history.csv")
    assert history["epoch"].to_list() == [1, 2, 3]
    assert {"train/loss", "val/loss", "val/accuracy", "val/auroc", "lr"} <= set(history.columns)
    assert sorted(path.name for path in out.iterdir()) == [
        "history.csv",
        "model.json",
        "run.json",
        "weights.safetensors",
    ]


def test_every_epoch_is_tracked_and_the_resume_folder_stays_until_the_outputs_are_in_place(
    runs: list[FakeRun], inputs: Inputs, tmp_path: Path
) -> None:
    summary = run(config_of(), inputs, tmp_path)
    (told_run,) = runs
    assert [step for step in told_run.steps if step is not None] == [1, 2, 3]
    per_epoch = [told for told in told_run.told if "images_per_second" in told]
    assert all({"train/loss", "val/loss", "lr"} <= told.keys() for told in per_epoch)
    assert next(told for told in told_run.told if "params" in told)["params"]["train"]["model"]["name"] == "small_cnn"
    assert [summary.spent] == list((inputs.project.local / "checkpoints" / "demo").iterdir())


@pytest.mark.parametrize("saves", (1, 2, 4, 7))
def test_a_killed_training_ends_in_the_same_weights(
    trained: Callable[..., Path], runs: list[FakeRun], monkeypatch: pytest.MonkeyPatch, saves: int
) -> None:
    settings: dict[str, Any] = {"checkpoint_minutes": 0, "early_stopping": None, "monitor": "val/loss"}
    whole = trained("whole", **settings)
    with monkeypatch.context() as patch:
        kill_after_save(patch, saves)
        with pytest.raises(KilledError):
            trained("killed", **settings)
    resumed = trained("killed", **settings)
    assert (resumed / "weights.safetensors").read_bytes() == (whole / "weights.safetensors").read_bytes()
    assert (resumed / "history.csv").read_text() == (whole / "history.csv").read_text()
    assert runs[1].key == runs[2].key != runs[0].key


def test_a_damaged_checkpoint_falls_back_to_the_one_before(
    trained: Callable[..., Path],
    inputs: Inputs,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    whole = trained("whole")
    with monkeypatch.context() as patch:
        kill_after_save(patch, 2)
        with pytest.raises(KilledError):
            trained("killed")
    (folder,) = (inputs.project.local / "checkpoints" / "demo").iterdir()
    last = max(folder.glob("step-*.ckpt"))
    content = bytearray(last.read_bytes())
    content[len(content) // 2] ^= 1
    last.write_bytes(content)
    resumed = trained("killed")
    assert "is damaged; going on from the one before it" in capsys.readouterr().err
    assert (resumed / "weights.safetensors").read_bytes() == (whole / "weights.safetensors").read_bytes()


def test_other_settings_do_not_go_on_from_a_checkpoint(
    trained: Callable[..., Path], runs: list[FakeRun], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        kill_after_save(patch, 1)
        with pytest.raises(KilledError):
            trained("killed")
    trained("other", learning_rate=0.01)
    assert runs[0].key != runs[1].key
    assert [step for step in runs[1].steps if step is not None] == [1, 2, 3]


def test_a_worker_that_dies_is_told(trained: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    from dlpipe.train.batches import SplitDataset

    monkeypatch.setattr(SplitDataset, "__getitems__", lambda *_of: os._exit(9))
    monkeypatch.setattr("dlpipe.train.loaders._TIMEOUT_SECONDS", 20)  # where the signal of its death is lost
    with pytest.raises(DlpipeError, match="a process that prepares batches died") as caught:
        trained("out", num_workers=1)
    assert caught.value.exit_code == Exit.ENVIRONMENT


def test_every_epoch_has_its_own_order(trained: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    from dlpipe.train.supervision import Supervision

    step, shown = Supervision.training_step, dict[int, list[int]]()

    def watched(self: Supervision, batch: Any, batch_idx: int) -> torch.Tensor:
        shown.setdefault(self.trainer.current_epoch, []).extend(batch.indices.tolist())
        return step(self, batch, batch_idx)

    monkeypatch.setattr(Supervision, "training_step", watched)
    trained("out")
    assert [sorted(indices) for indices in shown.values()] == [list(range(24))] * 3
    assert len({tuple(indices) for indices in shown.values()}) == 3


@pytest.mark.parametrize("settings", ({}, {"cache": "none"}, {"cache": "none", "num_workers": 1}), ids=str)
def test_a_changed_picture_is_refused(trained: Callable[..., Path], inputs: Inputs, settings: dict[str, Any]) -> None:
    next(inputs.raw.rglob("0004.png")).write_bytes(b"other")
    with pytest.raises(DlpipeError, match="is not the file that `ingest` listed") as caught:
        trained("out", **settings)
    assert caught.value.exit_code == Exit.INTEGRITY


def test_settings_are_json(inputs: Inputs) -> None:
    from dlpipe.core.plugin import plain

    assert json.loads(json.dumps(plain(config_of())))["objective"] == {"name": "supervised"}
