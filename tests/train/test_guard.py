from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.train.batches import GlobalBatches
from dlpipe.train.guard import LossGuard

BATCHES = GlobalBatches(np.ones(20, dtype=np.float32), 8, seed=1)
IDS = [f"sample-{number}" for number in range(20)]


def trainer(step: int, others: int = 2**62) -> Any:
    """A trainer among devices of which another noted `others`."""
    strategy = SimpleNamespace(reduce=lambda value, reduce_op: torch.minimum(value, torch.tensor(others)))
    return SimpleNamespace(global_step=step, strategy=strategy, num_training_batches=len(BATCHES))


@pytest.mark.parametrize("value", (float("nan"), float("inf"), -float("inf")))
def test_the_step_and_its_samples_are_named(value: float) -> None:
    guard = LossGuard(BATCHES, IDS, "lower it")
    for step in range(4):
        guard.on_before_backward(trainer(step), None, torch.tensor(0.5))  # type: ignore[arg-type]
    with pytest.raises(DlpipeError, match=r"step 5 \(batch 2 of epoch 2\)") as caught:
        guard.on_before_backward(trainer(4), None, torch.tensor(value))  # type: ignore[arg-type]
    assert caught.value.exit_code == Exit.NO
    assert caught.value.fix == "lower it"
    batch = BATCHES.whole(1, 1)
    named = [index for index in range(20) if f"sample-{index}," in caught.value.problem.replace(" and", ",")]
    assert set(named) <= set(batch.tolist())
    assert f"and {len(batch) - 5} more" in caught.value.problem


def test_one_devices_trouble_stops_all_of_them() -> None:
    guard = LossGuard(BATCHES, IDS, "")
    with pytest.raises(DlpipeError, match="step 2 "):
        guard.on_before_backward(trainer(3, others=1), None, torch.tensor(0.5))  # type: ignore[arg-type]


def test_nothing_to_settle_before_the_first_step() -> None:
    LossGuard(BATCHES, IDS, "").settle(trainer(0))
