from __future__ import annotations

import logging
import warnings
from typing import TYPE_CHECKING

import pytest
import torch

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.train.devices import quiet_lightning, this_machine, trainer_on
from tests.trainable import config_of

if TYPE_CHECKING:
    from pathlib import Path

TORCHRUN = {"TORCHELASTIC_RUN_ID": "x", "LOCAL_WORLD_SIZE": "2", "WORLD_SIZE": "6"}


@pytest.fixture(autouse=True)
def no_accelerator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)


def test_auto_is_one_exact_process_where_only_a_cpu_is() -> None:
    machine = this_machine(config_of(), {})
    assert (machine.accelerator, machine.devices, machine.precision) == ("cpu", 1, "32-true")
    assert machine.on_cpu
    assert machine.first_device == torch.device("cpu")


@pytest.mark.parametrize(("has_bf16", "wanted"), ((True, "bf16-mixed"), (False, "16-mixed")))
def test_auto_is_mixed_precision_on_a_gpu(monkeypatch: pytest.MonkeyPatch, has_bf16: bool, wanted: str) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda **_options: has_bf16)
    before = torch.get_float32_matmul_precision()
    machine = this_machine(config_of(), {})
    torch.set_float32_matmul_precision(before)
    assert (machine.accelerator, machine.devices, machine.precision) == ("cuda", "auto", wanted)
    assert machine.first_device == torch.device("cuda:0")


def test_a_device_that_is_not_here_is_refused() -> None:
    with pytest.raises(DlpipeError, match="accelerator is gpu") as caught:
        this_machine(config_of(accelerator="gpu"), {})
    assert caught.value.exit_code == Exit.ENVIRONMENT


def test_torchrun_says_how_many_there_are() -> None:
    machine = this_machine(config_of(devices=7), TORCHRUN)
    assert (machine.devices, machine.num_nodes, machine.strategy) == (2, 3, "ddp")
    assert this_machine(config_of(strategy="fsdp"), TORCHRUN).strategy == "fsdp"


def test_a_trainer_does_nothing_of_its_own(tmp_path: Path) -> None:
    with quiet_lightning():
        trainer = trainer_on(this_machine(config_of(), {}), 3, [], tmp_path)
        assert logging.getLogger("pytorch_lightning").level == logging.ERROR
    assert trainer.logger is None
    assert trainer.progress_bar_callback is None
    assert trainer.max_epochs == 3
    assert list(tmp_path.iterdir()) == []


def test_what_lightning_refuses_is_told_in_one_sentence(tmp_path: Path) -> None:
    machine = this_machine(config_of(strategy="dpp"), {})
    with quiet_lightning(), pytest.raises(DlpipeError, match="dpp"):
        trainer_on(machine, 1, [], tmp_path)


def test_only_lightnings_warnings_are_silenced() -> None:
    with quiet_lightning(), pytest.warns(UserWarning, match="ours"):
        warnings.warn("ours", stacklevel=1)
