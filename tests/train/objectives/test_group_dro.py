from __future__ import annotations

import pytest
from pydantic import ValidationError
from torch import nn

from dlpipe.network import Network
from dlpipe.train.objectives.group_dro import GroupDro
from dlpipe.train.robust import GroupRobust
from tests.trainable import config_of


def test_the_objective_is_named_in_the_pipeline_file_and_asks_for_groups() -> None:
    config = config_of(objective={"name": "group_dro", "step_size": 0.1})
    assert config.objective.by_group
    module = config.objective.module(Network(nn.Identity(), nn.Linear(2, 2)), config)
    assert isinstance(module, GroupRobust)
    assert module._step_size == 0.1


def test_a_step_must_go_somewhere() -> None:
    with pytest.raises(ValidationError):
        GroupDro(step_size=0)
