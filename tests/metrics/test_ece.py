from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from dlpipe.metrics import Predictions
from dlpipe.metrics.ece import Ece
from tests.metrics.drawn import drawn, predictions


def by_hand(y_true, probabilities, num_bins: int) -> float:
    """Equations 2 to 5 of Guo et al. 2017, word by word."""
    confidence, answer = probabilities.max(axis=1), probabilities.argmax(axis=1)
    edges = np.linspace(0, 1, num_bins + 1)
    total = 0.0
    for low, high in pairwise(edges):
        inside = (confidence > low) & (confidence <= high)
        if inside.any():
            total += inside.mean() * abs((answer == y_true)[inside].mean() - confidence[inside].mean())
    return total


@given(case=drawn(every_class=False), num_bins=st.sampled_from((1, 10, 15, 100)))
def test_equals_the_papers_definition(case, num_bins: int) -> None:
    y_true, said = case
    assert Ece(num_bins=num_bins).value(y_true, said) == pytest.approx(by_hand(y_true, said.probabilities, num_bins))


@pytest.mark.parametrize("num_classes", (2, 5))
def test_equals_torchmetrics(num_classes: int) -> None:
    import torch
    from torchmetrics.functional.classification import multiclass_calibration_error

    y_true, said = predictions(7, 500, num_classes)
    given = torch.tensor(said.probabilities), torch.tensor(y_true)
    wanted = multiclass_calibration_error(*given, num_classes=num_classes, n_bins=15, norm="l1")
    assert Ece().value(y_true, said) == pytest.approx(float(wanted), abs=1e-6)


def test_a_confidence_on_an_edge_belongs_to_the_bin_below() -> None:
    y_true = np.array([0, 0])
    said = Predictions(np.array([[0.8, 0.2], [0.7, 0.3]]), y_true, 1)
    assert Ece(num_bins=5).value(y_true, said) == pytest.approx((0.2 + 0.3) / 2)  # both in (0.6, 0.8]


def test_does_not_depend_on_the_operating_point() -> None:
    y_true, said = predictions(0, 50, 2)
    moved = Predictions(said.probabilities, 1 - said.predicted, said.positive)
    assert Ece().value(y_true, moved) == Ece().value(y_true, said)


def test_refuses_no_bins() -> None:
    with pytest.raises(ValidationError):
        Ece(num_bins=0)
