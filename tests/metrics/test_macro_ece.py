from __future__ import annotations

import pytest
import torch
from hypothesis import given
from torchmetrics.functional.classification import binary_calibration_error

from dlpipe.metrics import Predictions
from dlpipe.metrics.macro_ece import MacroEce
from tests.metrics.sets.drawn import Drawn, drawn_sets


@given(case=drawn_sets())
def test_it_is_that_of_torchmetrics(case: Drawn) -> None:
    y_true, said = case
    off_the_edges = 0.98 * said.probabilities + 0.0037  # of bins, where float32 and float64 part
    said = Predictions(off_the_edges, said.predicted, None)
    each = [
        binary_calibration_error(torch.tensor(said.probabilities[:, k]), torch.tensor(y_true[:, k]).int(), n_bins=15)
        for k in range(y_true.shape[1])
    ]
    wanted = float(torch.stack(each).mean())
    assert MacroEce().value(y_true, said) == pytest.approx(wanted, abs=1e-6)
