"""Learning several labels: each class is a binary question, and validation sees every sample once."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits

from dlpipe.network import Network
from dlpipe.train.class_balance import of_presence
from dlpipe.train.objectives.supervised import Supervised
from dlpipe.train.several import SeveralLabels
from tests.train.test_supervision import INPUTS, Flat, batch_of
from tests.trainable import config_of

TARGETS: Any = [[0, 1, 1], [1, 0, 0], [0, 0, 0], [1, 1, 1], [0, 1, 0], [0, 0, 0]]
ARRAY = np.array(TARGETS, dtype=np.uint8)


def module_of(*, even: bool = False, **settings: Any) -> SeveralLabels:
    torch.manual_seed(0)
    network = Network(Flat(), nn.Linear(4, 3), several=True)
    made = Supervised().module(network, config_of(**settings))
    assert isinstance(made, SeveralLabels)
    dataset = SimpleNamespace(class_weights=of_presence(ARRAY, even=even))
    loader = SimpleNamespace(dataset=dataset)
    made._trainer = SimpleNamespace(world_size=1, train_dataloader=loader)  # type: ignore[assignment]
    return made


def test_the_loss_is_pytorchs_binary_cross_entropy() -> None:
    module = module_of()
    outputs, _ = module.network(INPUTS)
    wanted = binary_cross_entropy_with_logits(outputs, torch.tensor(TARGETS).float())
    assert module.training_step(batch_of(INPUTS, TARGETS), 0).item() == pytest.approx(wanted.item())


def test_balanced_classes_weigh_as_pos_weight_does() -> None:
    module = module_of(even=True)
    outputs, _ = module.network(INPUTS)
    held = torch.tensor(ARRAY).float().sum(0)
    positive = (6 - held) / held
    each = binary_cross_entropy_with_logits(
        outputs, torch.tensor(TARGETS).float(), pos_weight=positive, reduction="none"
    )
    wanted = (each * 6 / (2 * (6 - held))).mean()
    assert module.training_step(batch_of(INPUTS, TARGETS), 0).item() == pytest.approx(wanted.item(), rel=1e-5)


def test_smoothing_goes_to_both_answers() -> None:
    module = module_of(label_smoothing=0.2)
    outputs, _ = module.network(INPUTS)
    wanted = binary_cross_entropy_with_logits(outputs, torch.tensor(TARGETS) * 0.8 + 0.1)
    assert module.training_step(batch_of(INPUTS, TARGETS), 0).item() == pytest.approx(wanted.item())


def test_validation_gathers_every_sample_once() -> None:
    module = module_of()
    loader = SimpleNamespace(dataset=INPUTS)
    strategy = SimpleNamespace(reduce=lambda value, reduce_op: value)
    module._trainer = SimpleNamespace(val_dataloaders=loader, strategy=strategy)  # type: ignore[assignment]
    order = torch.tensor([3, 0, 5, 1, 2, 4])
    outputs, _ = module.network(INPUTS[order])
    module._seen = [(order, outputs.detach(), torch.tensor(TARGETS)[order])]
    logits, targets = module._gathered()
    assert targets.tolist() == TARGETS
    assert torch.equal(logits[order], outputs)
    module._seen = [(order[:5], outputs[:5].detach(), torch.tensor(TARGETS)[order[:5]])]
    with pytest.raises(ValueError, match="twice or not at all"):
        module._gathered()
