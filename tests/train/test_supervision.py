from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import nn

from dlpipe.network import Network
from dlpipe.train.batches import Batch
from dlpipe.train.supervision import Supervision
from tests.trainable import config_of


class Flat(nn.Module):
    num_features = 4

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(4, 4)

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        return self.layer(inputs)


def supervision(num_devices: int = 1, classes: int = 3, **settings: Any) -> Supervision:
    torch.manual_seed(0)
    module = Supervision(Network(Flat(), nn.Linear(4, classes)), config_of(**settings))
    module._trainer = SimpleNamespace(world_size=num_devices)  # type: ignore[assignment]
    return module


def batch_of(inputs: torch.Tensor, targets: list[int], **changes: Any) -> Batch:
    count = len(targets)
    weights = changes.pop("weights", torch.ones(count))
    values: dict[str, Any] = {
        "inputs": inputs,
        "targets": torch.tensor(targets),
        "confidences": torch.ones(count),
        "weights": weights,
        "indices": torch.arange(count),
        "cells": torch.zeros(count, dtype=torch.int64),
        "num_cells": 0,
        "num_counted": count,
        "total_weight": float(weights.sum()),
        **changes,
    }
    return Batch(**values)


INPUTS = torch.randn(6, 4, generator=torch.Generator().manual_seed(1))
TARGETS = [0, 1, 2, 0, 1, 2]


def test_the_loss_is_pytorchs_weighted_mean() -> None:
    module = supervision(label_smoothing=0.1)
    weights = torch.tensor([1.0, 2.0, 0.5, 1.0, 1.0, 3.0])
    outputs, _ = module.network(INPUTS)
    each = nn.functional.cross_entropy(outputs, torch.tensor(TARGETS), reduction="none", label_smoothing=0.1)
    wanted = (each * weights).sum() / weights.sum()
    assert module.training_step(batch_of(INPUTS, TARGETS, weights=weights), 0).item() == pytest.approx(wanted.item())


def test_shares_of_a_batch_average_to_the_loss_of_the_whole() -> None:
    whole = supervision().training_step(batch_of(INPUTS, TARGETS), 0)
    parts = [
        supervision(num_devices=2).training_step(batch_of(INPUTS[part], TARGETS[part], total_weight=6.0), 0)
        for part in (slice(0, 4), slice(4, 6))
    ]
    assert (sum(parts) / 2).item() == pytest.approx(whole.item())


def test_a_doubtful_label_is_a_soft_target() -> None:
    module = supervision(label_doubt="soft_target")
    confidences = torch.tensor([1.0, 0.75, 2 / 3, 0.5, 1.0, 0.9])
    outputs, _ = module.network(INPUTS)
    soft = ((1 - confidences) / 2)[:, None].repeat(1, 3)
    soft[torch.arange(6), torch.tensor(TARGETS)] = confidences
    wanted = nn.functional.cross_entropy(outputs, soft)
    loss = module.training_step(batch_of(INPUTS, TARGETS, confidences=confidences), 0)
    assert loss.item() == pytest.approx(wanted.item(), rel=1e-5)


def test_biases_do_not_decay_and_the_backbone_has_its_own_rate() -> None:
    module = supervision(backbone_rate=0.1, learning_rate=0.01, weight_decay=0.2)
    groups = module.configure_optimizers().param_groups
    found = {(round(group["lr"], 6), group["weight_decay"], len(group["params"])) for group in groups}
    assert found == {(0.001, 0.2, 1), (0.001, 0.0, 1), (0.01, 0.2, 1), (0.01, 0.0, 1)}


def test_frozen_parameters_are_not_optimised() -> None:
    module = supervision()
    for parameter in module.network.get_submodule("backbone").parameters():
        parameter.requires_grad = False
    assert sum(len(group["params"]) for group in module.configure_optimizers().param_groups) == 2


def test_a_validation_sample_that_is_missing_is_a_bug() -> None:
    module = supervision()
    strategy = SimpleNamespace(reduce=lambda values, reduce_op: values, root_device=torch.device("cpu"))
    loader = SimpleNamespace(dataset=range(7))
    module._trainer = SimpleNamespace(world_size=1, strategy=strategy, val_dataloaders=loader)  # type: ignore[assignment]
    module.on_validation_epoch_start()
    module.validation_step(batch_of(INPUTS, TARGETS), 0)
    with pytest.raises(ValueError, match="not at all"):
        module._gathered()
    loader.dataset = range(6)
    logits, targets = module._gathered()
    assert targets.tolist() == TARGETS
    assert torch.allclose(logits, module.network(INPUTS)[0])
