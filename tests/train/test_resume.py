from __future__ import annotations

from pathlib import Path

import pytest
import torch

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.project import Project
from dlpipe.train.checkpoint import DurableCheckpoints, read_weights, write_weights
from dlpipe.train.resume import ResumeFolder, checksum_of, is_whole, resume_folder

WEIGHTS = {"weight": torch.arange(6.0)}


@pytest.fixture
def folder(tmp_path: Path) -> ResumeFolder:
    return ResumeFolder(tmp_path)


def save(folder: ResumeFolder, *steps: int) -> None:
    for step in steps:
        DurableCheckpoints().save_checkpoint({"step": step}, folder.checkpoint(step))


def steps_in(folder: ResumeFolder) -> list[int]:
    return [step for step in range(100) if folder.checkpoint(step).is_file()]


def test_the_last_whole_checkpoint_is_found(folder: ResumeFolder, capsys: pytest.CaptureFixture[str]) -> None:
    assert folder.latest() is None
    save(folder, 5, 10, 15)
    assert folder.latest() == folder.checkpoint(15)
    folder.checkpoint(15).write_bytes(b"torn")
    checksum_of(folder.checkpoint(10)).unlink()
    assert folder.latest() == folder.checkpoint(5)
    assert capsys.readouterr().err.count("is damaged; going on from the one before it") == 2


def test_the_last_is_that_of_most_steps_however_many(folder: ResumeFolder) -> None:
    save(folder, 9, 100_000, 99_999)
    assert folder.latest() == folder.checkpoint(100_000)


def test_killed_before_the_checkpoint_had_its_name_there_is_none(folder: ResumeFolder) -> None:
    save(folder, 5)
    folder.checkpoint(5).rename(folder.path / ".step-000000000005.ckpt.draft")
    assert folder.latest() is None
    assert not is_whole(folder.path / ".step-000000000005.ckpt.draft")


def test_two_checkpoints_and_the_best_weights_are_kept(folder: ResumeFolder) -> None:
    save(folder, 5, 10, 15)
    for epoch in (0, 1, 2, 3):
        write_weights(WEIGHTS, folder.best(epoch))
    folder.prune(best_epoch=2, step=15)
    assert steps_in(folder) == [10, 15]
    assert sorted(path.name for path in folder.path.iterdir() if "step" not in path.name) == [
        folder.best(2).name,
        folder.start.name,
    ]
    assert len(list(folder.path.glob("*.sha256"))) == 2


def test_a_damaged_checkpoint_does_not_push_out_a_whole_one(folder: ResumeFolder) -> None:
    """Training went on from step 5, because the two after it are damaged; it must not start over once more."""
    save(folder, 5, 10, 15)
    for step in (10, 15):
        folder.checkpoint(step).write_bytes(b"torn")
    assert folder.latest() == folder.checkpoint(5)
    save(folder, 8)
    folder.prune(best_epoch=0, step=8)
    assert steps_in(folder) == [5, 8]
    assert folder.latest() == folder.checkpoint(8)


@pytest.mark.parametrize("steps", ((), (5,), (5, 10)))
def test_few_checkpoints_are_all_kept(folder: ResumeFolder, steps: tuple[int, ...]) -> None:
    save(folder, *steps)
    folder.prune(best_epoch=0, step=max(steps, default=0))
    assert steps_in(folder) == list(steps)


def test_the_network_before_its_first_step_can_be_the_best(folder: ResumeFolder) -> None:
    write_weights(WEIGHTS, folder.start)
    write_weights({"weight": torch.zeros(6)}, folder.best(1))
    folder.prune(best_epoch=0, step=0)
    assert torch.equal(read_weights(folder.best(0))["weight"], WEIGHTS["weight"])
    assert not folder.best(1).exists()


def test_a_run_keeps_its_key(folder: ResumeFolder) -> None:
    assert folder.run_key("first") == "first"
    assert folder.run_key("second") == "first"
    assert ResumeFolder(folder.path).run_key("third") == "first"


def test_a_damaged_key_is_named(folder: ResumeFolder) -> None:
    (folder.path / "run.json").write_bytes(b"\0" * 20)
    with pytest.raises(DlpipeError, match=r"run\.json is no JSON") as refused:
        folder.run_key("new")
    assert refused.value.exit_code == Exit.INTEGRITY


def test_every_training_of_every_pipeline_has_a_folder_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = Project(tmp_path)
    places = {
        resume_folder(project, pipeline, mark).path for pipeline in ("demo", "other") for mark in ("f00d", "beef")
    }
    assert len(places) == 4
    monkeypatch.setenv("DLPIPE_LIMIT", "20")
    places.add(resume_folder(project, "demo", "f00d").path)
    assert len(places) == 5, "a smoke run, too"
    assert all(place.is_relative_to(project.local) for place in places), "DVC removes outputs before a stage runs"
