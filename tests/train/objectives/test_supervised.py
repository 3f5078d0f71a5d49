from __future__ import annotations

import pytest
from torch import nn

from dlpipe.core.plugin import find, names
from dlpipe.network import Network
from dlpipe.train.objectives import Objective
from dlpipe.train.supervision import Supervision
from tests.trainable import config_of


@pytest.mark.parametrize("name", names(Objective))
def test_every_objective_measures_a_loss_and_says_what_it_is(name: str) -> None:
    kind = find(Objective, name)
    assert kind.measures["val/loss"] == "min"
    assert set(kind.measures.values()) <= {"min", "max"}
    assert kind.__doc__


def test_supervised_trains_the_network_it_is_given() -> None:
    network = Network(nn.Identity(), nn.Linear(2, 2))
    module = find(Objective, "supervised")().module(network, config_of())
    assert isinstance(module, Supervision)
    assert module.network is network
