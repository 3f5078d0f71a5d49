from __future__ import annotations

from pathlib import Path

import torch

from dlpipe.core.project import Project
from dlpipe.models.small_cnn import SmallCnn
from dlpipe.weights.random import RandomWeights


def test_it_leaves_the_network_as_it_was_built(tmp_path: Path) -> None:
    model = SmallCnn(width=2, depth=1)
    states = []
    for fill in (False, True):
        torch.manual_seed(3)
        backbone = model.build((3, 16, 16))
        if fill:
            RandomWeights().fill(backbone, model, Project(tmp_path))
        states.append(backbone.state_dict())
    assert all(torch.equal(states[0][key], states[1][key]) for key in states[0])
