from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from dlpipe.train.schedule import factor


@given(st.integers(1, 500), st.floats(0, 0.9))
def test_it_rises_then_falls(steps: int, share: float) -> None:
    factors = [factor(step, steps, share) for step in range(steps)]
    top = factors.index(max(factors))
    assert all(0 < value <= 1 for value in factors)
    assert factors[: top + 1] == sorted(factors[: top + 1])
    assert factors[top:] == sorted(factors[top:], reverse=True)
    assert abs(top - round(steps * share)) <= 1


def test_without_warm_up_it_is_pytorchs_cosine() -> None:
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    theirs = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=40)
    for step in range(40):
        assert factor(step, 40, 0) == pytest.approx(theirs.get_last_lr()[0])
        optimizer.step()
        theirs.step()


def test_the_first_step_moves_already() -> None:
    assert factor(0, 100, 0.1) == pytest.approx(1 / 11)
    assert factor(10, 100, 0.1) == 1
    assert factor(99, 100, 0.1) == pytest.approx(0.5 * (1 + math.cos(math.pi * 89 / 90)))
