"""What every model must do; a new file in `dlpipe/models` is tested before it has a test of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from dlpipe.core.plugin import find, make, names, summary
from dlpipe.graph.run import Graph
from dlpipe.graph.write import write_graph
from dlpipe.models import Model
from dlpipe.network import Network
from tests.exported import random_pictures

SHAPE = (3, 32, 32)
SETTINGS: dict[str, list[dict[str, Any]]] = {
    "timm": [{"architecture": "test_efficientnet"}, {"architecture": "test_vit"}],
    "small_cnn": [{"width": 8, "depth": 2}],
}
"""Small variants; a model that is not named here is taken with its defaults."""

CASES = [(name, settings) for name in names(Model) for settings in SETTINGS.get(name, [{}])]
every_model = pytest.mark.parametrize(("name", "settings"), CASES, ids=lambda value: str(value).strip("{}"))


@pytest.fixture(autouse=True)
def seeded_on_one_thread() -> Iterator[None]:
    """Small networks are slower on many threads, much slower where other tests want the cores too."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    yield
    torch.set_num_threads(threads)


def network_of(name: str, settings: dict[str, Any], num_classes: int = 3) -> Network:
    backbone = make(Model, name, settings).build(SHAPE)
    return Network(backbone, torch.nn.Linear(backbone.num_features, num_classes))


@pytest.mark.parametrize("name", names(Model))
def test_it_says_what_it_is_and_describes_its_settings(name: str) -> None:
    plugin = find(Model, name)
    assert summary(plugin).endswith(".")
    assert all(field.description for field in plugin.model_fields.values())
    assert plugin.layout in {"image", "series", "sequence", "vector"}


@every_model
def test_one_vector_a_sample(name: str, settings: dict[str, Any]) -> None:
    backbone = make(Model, name, settings).build(SHAPE).eval()
    with torch.inference_mode():
        features = backbone(torch.from_numpy(random_pictures(5)))
    assert features.shape == (5, backbone.num_features)
    assert features.dtype == torch.float32
    assert torch.isfinite(features).all()


@every_model
def test_every_parameter_gets_a_gradient(name: str, settings: dict[str, Any]) -> None:
    network = network_of(name, settings).train()
    outputs, _ = network(torch.from_numpy(random_pictures(8)))
    torch.nn.functional.cross_entropy(outputs, torch.arange(8) % 3).backward()
    without = [key for key, parameter in network.named_parameters() if parameter.grad is None]
    broken = [key for key, parameter in network.named_parameters() if not torch.isfinite(parameter.grad).all()]
    assert without == broken == []


@every_model
def test_it_learns_16_samples_by_heart(name: str, settings: dict[str, Any]) -> None:
    network = network_of(name, settings, num_classes=2).train()
    inputs, targets = torch.from_numpy(random_pictures(16)), torch.arange(16) % 2
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-2)
    for _ in range(150):
        optimiser.zero_grad()
        outputs, _ = network(inputs)
        loss = torch.nn.functional.cross_entropy(outputs, targets)
        loss.backward()
        optimiser.step()
        if loss.item() < 0.05 and (outputs.argmax(dim=1) == targets).all():
            return
    pytest.fail(f"loss is still {loss.item():.3f}")


@every_model
def test_the_exported_file_gives_the_same_numbers_at_any_batch_size(
    name: str, settings: dict[str, Any], tmp_path: Path
) -> None:
    network = network_of(name, settings).eval()
    inputs = random_pictures(7)
    write_graph(network, inputs[:2], ("outputs", "features"), tmp_path / "model.onnx")
    graph = Graph((tmp_path / "model.onnx").read_bytes(), tmp_path / "model.onnx")
    with torch.inference_mode():
        outputs, features = (value.numpy() for value in network(torch.from_numpy(inputs)))
    whole = graph(inputs)
    np.testing.assert_allclose(whole["outputs"], outputs, atol=1e-4)
    np.testing.assert_allclose(whole["features"], features, atol=1e-4)
    for size in (1, 2, 5):
        parts = [graph(inputs[start : start + size])["outputs"] for start in range(0, 7, size)]
        np.testing.assert_allclose(np.concatenate(parts), whole["outputs"], atol=1e-6)
