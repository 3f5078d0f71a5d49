from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.export.parity import Parity, compare, refuse_difference
from dlpipe.graph.run import Graph
from tests.exported import random_pictures, small_network, small_onnx


@pytest.fixture
def graph() -> Graph:
    return Graph(small_onnx(), Path("model.onnx"))


def test_the_file_gives_what_torch_gives(graph: Graph) -> None:
    parity = compare(small_network(), graph, random_pictures(9))
    assert parity.max_difference < 1e-5
    assert (parity.top1_agreement, parity.num_samples) == (1.0, 9)
    refuse_difference(parity, 1e-4)


def test_a_file_of_another_network_is_refused(graph: Graph) -> None:
    parity = compare(small_network(seed=1), graph, random_pictures(9))
    with pytest.raises(DlpipeError, match="differs from the trained network") as caught:
        refuse_difference(parity, 1e-4)
    assert caught.value.exit_code == Exit.NO


def test_weights_that_are_not_finite_are_refused(graph: Graph) -> None:
    network = small_network()
    torch.nn.init.constant_(network.head.weight, torch.nan)  # type: ignore[arg-type]
    with pytest.raises(DlpipeError, match="by inf"):
        refuse_difference(compare(network, graph, random_pictures(2)), 0.9)


def test_the_file_is_run_at_batches_of_1_2_and_5(graph: Graph) -> None:
    sizes: list[int] = []

    class Counting:
        outputs = graph.outputs

        def __call__(self, inputs: np.ndarray) -> dict[str, np.ndarray]:
            sizes.append(len(inputs))
            return graph(inputs)

    compare(small_network(), Counting(), random_pictures(8))  # type: ignore[arg-type]
    assert sorted(set(sizes)) == [1, 2, 5]
    assert sum(sizes) == 3 * (8 + 2)  # with a black and a white one


def test_the_limit_itself_is_allowed() -> None:
    refuse_difference(Parity(1e-4, 1.0, 3), 1e-4)
    with pytest.raises(DlpipeError):
        refuse_difference(Parity(1.1e-4, 1.0, 3), 1e-4)
