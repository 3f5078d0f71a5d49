from __future__ import annotations

import errno
import os
import resource
from pathlib import Path

import pytest
import torch

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.train.checkpoint import DurableCheckpoints, read_weights, write_weights
from dlpipe.train.resume import ResumeFolder, is_whole

STATE = {"state_dict": {"weight": torch.arange(6.0)}, "epoch": 1, "loops": {"name": "x", "list": [1, 2]}}


class Stranger:
    """What a checkpoint may not hold."""


@pytest.fixture
def folder(tmp_path: Path) -> ResumeFolder:
    return ResumeFolder(tmp_path)


def save(path: Path) -> None:
    DurableCheckpoints().save_checkpoint(STATE, path)


def test_what_is_saved_is_read(folder: ResumeFolder) -> None:
    path = folder.checkpoint(3)
    save(path)
    read = DurableCheckpoints().load_checkpoint(path)
    assert torch.equal(read["state_dict"]["weight"], STATE["state_dict"]["weight"])
    assert read["loops"] == STATE["loops"]
    assert sorted(file.name for file in folder.path.iterdir()) == [path.name, f"{path.name}.sha256"]


def test_code_in_a_checkpoint_is_not_run(folder: ResumeFolder) -> None:
    path = folder.checkpoint(1)
    DurableCheckpoints().save_checkpoint({"stranger": Stranger()}, path)
    with pytest.raises(Exception, match="Weights only load failed"):
        DurableCheckpoints().load_checkpoint(path, weights_only=False)


@pytest.mark.parametrize("place", (0, 0.3, 0.99))
def test_one_changed_byte_is_noticed(folder: ResumeFolder, place: float) -> None:
    path = folder.checkpoint(1)
    save(path)
    content = bytearray(path.read_bytes())
    content[int(place * len(content))] ^= 1
    path.write_bytes(content)
    assert not is_whole(path)
    with pytest.raises(DlpipeError, match="is damaged") as caught:
        DurableCheckpoints().load_checkpoint(path)
    assert caught.value.exit_code == Exit.INTEGRITY


def test_weights_have_the_same_bytes_whatever_their_layout_in_memory(tmp_path: Path) -> None:
    plain = {"b": torch.arange(24.0).view(1, 2, 3, 4), "a": torch.ones(2)}
    turned = {"a": torch.ones(2), "b": plain["b"].contiguous(memory_format=torch.channels_last)}
    write_weights(plain, tmp_path / "plain")
    write_weights(turned, tmp_path / "turned")
    assert (tmp_path / "plain").read_bytes() == (tmp_path / "turned").read_bytes()
    assert torch.equal(read_weights(tmp_path / "turned")["b"], plain["b"])


@pytest.mark.parametrize("call", ("fsync", "replace"))
def test_a_failing_disk_leaves_the_checkpoint_before(
    folder: ResumeFolder, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    save(folder.checkpoint(1))

    def failing(*_arguments: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", failing) if call == "fsync" else patch.setattr(Path, "replace", failing)
        with pytest.raises(OSError, match="Input/output"):
            save(folder.checkpoint(2))
    assert folder.latest() == folder.checkpoint(1)
    assert not list(folder.path.glob(".*draft"))


def test_a_file_that_cannot_grow_is_an_oserror_not_pytorchs_own(folder: ResumeFolder) -> None:
    """PyTorch's writer answers a full disk with `unexpected pos`, which tells nobody what to do."""
    save(folder.checkpoint(1))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(OSError, match="File too large"):
            DurableCheckpoints().save_checkpoint({"x": torch.zeros(1_000_000)}, folder.checkpoint(2))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert folder.latest() == folder.checkpoint(1)
