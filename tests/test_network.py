from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.models.small_cnn import SmallCnn
from dlpipe.network import build_network, read_network
from dlpipe.tasks.classification import Classification
from tests.exported import random_pictures, small_network, trained_description


def test_logits_are_the_head_of_the_features() -> None:
    network = build_network(SmallCnn(width=4, depth=2), Classification(), 5, (3, 32, 32)).eval()
    outputs, features = network(torch.from_numpy(random_pictures(3)))
    assert outputs.shape == (3, 5)
    assert features.shape == (3, network.num_features) == (3, 8)
    torch.testing.assert_close(network.head(features), outputs)


def test_a_trained_network_comes_back_as_it_was(tmp_path: Path) -> None:
    network = small_network()
    save_file(network.state_dict(), tmp_path / "weights.safetensors")
    restored = read_network(trained_description(), tmp_path / "weights.safetensors")
    assert not restored.training
    inputs = torch.from_numpy(random_pictures(4))
    assert torch.equal(restored(inputs)[0], network(inputs)[0])


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    save_file(small_network(num_classes=3).state_dict(), tmp_path / "weights.safetensors")
    with pytest.raises(DlpipeError, match="does not fit") as caught:
        read_network(trained_description(), tmp_path / "weights.safetensors")
    assert caught.value.exit_code == Exit.INTEGRITY


def test_a_file_that_holds_no_tensors_is_refused(tmp_path: Path) -> None:
    (tmp_path / "weights.safetensors").write_bytes(b"\x80\x04 a pickle, maybe")
    with pytest.raises(DlpipeError) as caught:
        read_network(trained_description(), tmp_path / "weights.safetensors")
    assert caught.value.exit_code == Exit.INTEGRITY


def test_a_model_that_is_gone_is_named(tmp_path: Path) -> None:
    described = {**trained_description(), "model": {"name": "small_cmm"}}
    with pytest.raises(DlpipeError, match="did you mean 'small_cnn'") as caught:
        read_network(described, tmp_path / "weights.safetensors")
    assert caught.value.exit_code == Exit.INTEGRITY
