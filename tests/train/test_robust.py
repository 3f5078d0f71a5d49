from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st
from torch import nn

from dlpipe.core.table import read_table, write_table
from dlpipe.network import Network
from dlpipe.train.robust import GroupRobust, moved
from tests.train.test_supervision import INPUTS, TARGETS, Flat, batch_of
from tests.trainable import config_of

if TYPE_CHECKING:
    from dlpipe.core.stage import Inputs

CELLS = [0, 0, 1, 1, 1, 3]


class Devices:
    """Lightning's strategy on some devices that take their turns: sums are over what all would have given."""

    def __init__(self, sums: Callable[[torch.Tensor], torch.Tensor] = lambda values: values) -> None:
        self.reduce = lambda values, reduce_op: sums(values)
        self.root_device = torch.device("cpu")


def robust(step_size: float = 0.5, num_devices: int = 1, strategy: Any = None) -> GroupRobust:
    torch.manual_seed(0)
    module = GroupRobust(Network(Flat(), nn.Linear(4, 3)), config_of(), step_size)
    module._trainer = SimpleNamespace(world_size=num_devices, strategy=strategy or Devices())  # type: ignore[assignment]
    return module


def cells_batch(part: slice = slice(None), **changes: Any) -> Any:
    cells = torch.tensor(CELLS)[part]
    return batch_of(INPUTS[part], TARGETS[part], cells=cells, num_cells=4, **changes)


def losses_of(module: GroupRobust, weights: torch.Tensor) -> list[float]:
    """Mean loss of each cell by hand, 0 where the batch has none of it."""
    outputs, _ = module.network(INPUTS)
    each = nn.functional.cross_entropy(outputs, torch.tensor(TARGETS), reduction="none").tolist()
    found: list[float] = []
    for cell in range(4):
        inside = [row for row in range(6) if CELLS[row] == cell]
        total = sum(float(weights[row]) for row in inside)
        found.append(sum(each[row] * float(weights[row]) for row in inside) / total if inside else 0.0)
    return found


def test_weights_and_loss_are_those_of_the_papers_algorithm_by_hand() -> None:
    module = robust()
    weights = torch.tensor([1.0, 2.0, 0.5, 1.0, 1.0, 3.0])
    expected = [0.25] * 4
    for _ in range(3):
        losses = losses_of(module, weights)
        raised = [q * math.exp(0.5 * loss) for q, loss in zip(expected, losses, strict=True)]
        expected = [value / sum(raised) for value in raised]
        loss = module.training_step(cells_batch(weights=weights), 0)
        assert module.group_weights is not None
        assert module.group_weights.tolist() == pytest.approx(expected, rel=1e-5)
        assert loss.item() == pytest.approx(sum(q * one for q, one in zip(expected, losses, strict=True)), rel=1e-5)


@example([13.0, 13.0], 5.0, 2)
@given(st.lists(st.floats(0, 50), min_size=2, max_size=6), st.floats(0.001, 5), st.integers(0, 5))
def test_weights_stay_shares_and_move_towards_the_worst(losses: list[float], step_size: float, seed: int) -> None:
    start = torch.softmax(torch.randn(len(losses), generator=torch.Generator().manual_seed(seed)), 0)
    after = moved(start, torch.tensor(losses), step_size)
    assert float(after.sum()) == pytest.approx(1, abs=1e-5)
    worst = losses.index(max(losses))
    assert float(after[worst]) >= float(start[worst]) - 1e-6


def test_two_devices_take_the_step_of_one() -> None:
    alone = robust()
    alone.training_step(cells_batch(), 0).backward()
    halves = [slice(0, 4), slice(4, 6)]
    given: dict[str, list[torch.Tensor]] = {"counts": [], "losses": []}

    def run(part: slice, sums: list[torch.Tensor] | None) -> tuple[GroupRobust, list[torch.Tensor]]:
        asked: list[torch.Tensor] = []

        def reduce(values: torch.Tensor) -> torch.Tensor:
            asked.append(values.clone())
            return values if sums is None else sums[len(asked) - 1]

        module = robust(num_devices=2, strategy=Devices(reduce))
        module.training_step(cells_batch(part, total_weight=6.0), 0).backward()
        return module, asked

    given["counts"] = [run(part, None)[1][0] for part in halves]
    counts = sum(given["counts"], torch.zeros(4))
    given["losses"] = [run(part, [counts, torch.zeros(4)])[1][1] for part in halves]
    losses = sum(given["losses"], torch.zeros(4))
    together = [run(part, [counts.clone(), losses.clone()])[0] for part in halves]
    for module in together:
        assert torch.allclose(module.group_weights, alone.group_weights)  # type: ignore[arg-type]
    for mine, theirs, wanted in zip(*(module.network.parameters() for module in (*together, alone)), strict=True):
        assert torch.allclose((mine.grad + theirs.grad) / 2, wanted.grad, atol=1e-6)  # type: ignore[operator,arg-type]


def test_a_checkpoint_keeps_the_weights() -> None:
    module, again = robust(), robust()
    module.training_step(cells_batch(), 0)
    kept: dict[str, Any] = {}
    module.on_save_checkpoint(kept)
    again._trainer.global_rank = 0  # type: ignore[union-attr]
    again.on_load_checkpoint(kept)
    assert torch.equal(again.group_weights, module.group_weights)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "settings",
    ({"objective": {"name": "group_dro"}}, {"group_balance": "sampling"}, {"group_balance": "weights"}),
    ids=("group_dro", "sampling", "weights"),
)
def test_a_whole_training_measures_the_worst_group(
    settings: dict[str, Any], inputs: Inputs, trained: Callable[..., Path]
) -> None:
    path = inputs.path("split/samples.parquet")
    table = read_table(path)
    sites = ["north" if row % 3 else "south" for row in range(table.height)]
    write_table(table.with_columns(site=pl.Series(sites)), path)
    out = trained("grouped", groups=["site"], epochs=1, **settings)
    head, row = (out / "history.csv").read_text().splitlines()[:2]
    values = dict(zip(head.split(","), row.split(","), strict=True))
    assert float(values["val/worst_group_loss"]) >= float(values["val/loss"])
    assert float(values["val/worst_group_accuracy"]) <= float(values["val/accuracy"])
