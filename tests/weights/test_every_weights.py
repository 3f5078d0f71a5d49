"""What every source of weights must do: fill a backbone or say why not, never leave random ones in silence."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.plugin import find, names, summary
from dlpipe.core.project import Project
from dlpipe.models.small_cnn import SmallCnn
from dlpipe.weights import Weights, load

SETTINGS = {"file": {"path": "nowhere.safetensors"}}


@pytest.mark.parametrize("name", names(Weights))
def test_it_says_what_it_is_and_describes_its_settings(name: str) -> None:
    plugin = find(Weights, name)
    assert summary(plugin).endswith(".")
    assert all(field.description for field in plugin.model_fields.values())


@pytest.mark.parametrize("name", sorted(set(names(Weights)) - {"random"}))
def test_weights_that_cannot_be_had_are_an_error_and_leave_the_backbone_alone(name: str, tmp_path: Path) -> None:
    model = SmallCnn(width=2, depth=1)
    backbone = model.build((3, 16, 16))
    before = {key: value.clone() for key, value in backbone.state_dict().items()}
    with pytest.raises(DlpipeError) as caught:
        find(Weights, name).model_validate(SETTINGS.get(name, {})).fill(backbone, model, Project(tmp_path))
    assert caught.value.exit_code in {Exit.ENVIRONMENT, Exit.INPUT}
    assert caught.value.fix
    assert all(torch.equal(before[key], value) for key, value in backbone.state_dict().items())


@pytest.mark.parametrize(
    ("change", "said"),
    (
        (lambda state: state.pop("net.1.bias"), "lacks net.1.bias"),
        (lambda state: state.update(more=torch.zeros(1)), "holds more than the network: more"),
        (lambda state: state.update({"net.1.bias": torch.zeros(9)}), "has other shapes: net.1.bias"),
        (lambda state: state.clear(), "lacks .* and 3 more"),
    ),
)
def test_loading_is_strict(change: object, said: str) -> None:
    backbone = SmallCnn(width=2, depth=1).build((3, 16, 16))
    state = dict(backbone.state_dict())
    change(state)  # type: ignore[operator]
    with pytest.raises(DlpipeError, match=said):
        load(backbone, state, "the file")
