from __future__ import annotations

import io
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from dlpipe.core import files
from dlpipe.core.errors import Exit
from dlpipe.core.process import Stopped, raise_on_signals
from dlpipe.core.say import Level, say
from dlpipe.network import Network
from dlpipe.train.callbacks import Bar, SameStart, StepSeed
from dlpipe.train.checkpoint import write_weights
from dlpipe.train.history import History
from dlpipe.train.resume import ResumeFolder
from dlpipe.train.supervision import Supervision
from tests.train.conftest import FakeRun

Train = Callable[..., Path]
NO_MODULE: Any = None
START = {"epoch": 0, "val/loss": 0.5}


def drawn(seed: int, step: int, device: int) -> list[float]:
    """What dropout would draw in a step, whatever was drawn before."""
    torch.rand(step + 3)
    trainer: Any = SimpleNamespace(global_step=step, global_rank=device)
    StepSeed(seed).on_train_batch_start(trainer, NO_MODULE, None, 0)
    return torch.rand(4).tolist()


def test_what_a_step_draws_follows_from_seed_step_and_device_alone() -> None:
    places = [(seed, step, device) for seed in (0, 1) for step in (0, 1) for device in (0, 1)]
    first, again = [[drawn(*place) for place in places] for _ in range(2)]
    assert first == again
    assert len({tuple(numbers) for numbers in first}) == len(places)


def network(value: float) -> Network:
    made = Network(nn.Linear(2, 2), nn.Linear(2, 2))
    for parameter in made.parameters():
        nn.init.constant_(parameter, value)
    return made


@pytest.fixture
def folder(tmp_path: Path) -> ResumeFolder:
    """What the first device has written before the others look."""
    made = ResumeFolder(tmp_path)
    write_weights(network(7.0).state_dict(), made.start)
    files.write_json(made.start_rows, [START])
    return made


def started(device: int, folder: ResumeFolder | None) -> tuple[set[float], list[dict[str, Any]]]:
    """Weights and history of one device when training begins."""
    own, history = network(float(device)), History("val/loss", larger_is_better=False)
    trainer: Any = SimpleNamespace(is_global_zero=device == 0)
    SameStart(own, history, folder).setup(trainer, NO_MODULE, "fit")
    return {value for parameter in own.parameters() for value in parameter.flatten().tolist()}, history.rows


def test_further_devices_start_with_the_first_ones_weights_and_history(folder: ResumeFolder) -> None:
    assert started(1, folder) == ({7.0}, [START])


def test_the_first_device_and_a_training_that_goes_on_keep_their_own(folder: ResumeFolder) -> None:
    assert started(0, folder) == ({0.0}, [])
    assert started(1, None) == ({1.0}, [])


@pytest.mark.parametrize(("batch_norm", "moves"), (("keep", False), ("update", True)))
def test_averages_that_are_kept_stay_over_epochs_and_validations(
    trained: Train, runs: list[FakeRun], batch_norm: str, moves: bool
) -> None:
    weights = load_file(trained("out", epochs=2, batch_norm=batch_norm) / "weights.safetensors")
    averages = [value for name, value in weights.items() if name.endswith("running_mean")]
    assert averages
    assert all(bool(value.any()) is moves for value in averages)


@pytest.fixture
def own_signals() -> Iterator[None]:
    """A command's signal handlers, for a while."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.getsignal(number) for number in numbers}
    raise_on_signals()
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize(
    ("number", "code"), ((signal.SIGTERM, Exit.TERMINATED), (signal.SIGINT, Exit.INTERRUPTED)), ids=lambda it: it.name
)
def test_a_signal_while_it_trains_ends_it_and_it_goes_on(
    trained: Train,
    runs: list[FakeRun],
    own_signals: None,
    monkeypatch: pytest.MonkeyPatch,
    number: signal.Signals,
    code: Exit,
) -> None:
    step = Supervision.training_step

    def stopped(self: Supervision, batch: Any, batch_idx: int) -> torch.Tensor:
        if self.trainer.global_step == 4:
            os.kill(os.getpid(), number)
        return step(self, batch, batch_idx)

    with monkeypatch.context() as patch:
        patch.setattr(Supervision, "training_step", stopped)
        with pytest.raises(Stopped) as caught:
            trained("out")
    assert caught.value.exit_code == code
    raise_on_signals()
    assert (trained("out") / "history.csv").read_text().count("\n") == 4
    assert [told for told in runs[1].steps if told is not None] == [2, 3]


def test_sigterm_is_the_commands_business_and_not_lightnings(
    trained: Train, runs: list[FakeRun], own_signals: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lightning's handler talks to the other devices, which may wait for this one."""
    step, seen = Supervision.training_step, list[Any]()

    def looking(self: Supervision, batch: Any, batch_idx: int) -> torch.Tensor:
        seen.append(signal.getsignal(signal.SIGTERM))
        return step(self, batch, batch_idx)

    own = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(Supervision, "training_step", looking)
    trained("out", epochs=1)
    assert seen == [own] * 3


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def trainer_of(num_batches: int, epoch: int = 0) -> Any:
    return SimpleNamespace(num_training_batches=num_batches, current_epoch=epoch)


def test_every_epoch_has_a_bar_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    say.level = Level.VERBOSE
    bar = Bar(num_epochs=2)
    for epoch in range(2):
        for number in range(3):
            bar.on_train_batch_start(trainer_of(3, epoch), NO_MODULE, None, number)
        bar.on_train_epoch_end(trainer_of(3, epoch), NO_MODULE)
    assert capsys.readouterr().err == "epoch 1/2: 3\nepoch 2/2: 3\n"


def test_an_epoch_that_goes_on_in_between_has_none(capsys: pytest.CaptureFixture[str]) -> None:
    say.level = Level.VERBOSE
    bar = Bar(num_epochs=2)
    bar.on_train_batch_start(trainer_of(3), NO_MODULE, None, 2)
    bar.on_train_epoch_end(trainer_of(3), NO_MODULE)
    assert capsys.readouterr().err == ""


def test_a_training_that_fails_gives_the_terminal_back(monkeypatch: pytest.MonkeyPatch) -> None:
    hide, show = "\x1b[?25l", "\x1b[?25h"
    terminal = Terminal()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr("sys.stderr", terminal)
    bar = Bar(num_epochs=1)
    bar.on_train_batch_start(trainer_of(3), NO_MODULE, None, 0)
    assert hide in terminal.getvalue()
    assert show not in terminal.getvalue()
    bar.on_exception(trainer_of(3), NO_MODULE, KeyError("x"))
    assert terminal.getvalue().rindex(show) > terminal.getvalue().rindex(hide)
