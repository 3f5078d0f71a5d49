from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torchmetrics.functional.classification import multiclass_calibration_error

from dlpipe.metrics.fairness.group_calibration import GroupCalibration
from tests.metrics.fairness.test_every_fairness_metric import three_groups


@given(seed=st.integers(0, 200), num_classes=st.sampled_from((2, 3)))
def test_is_the_gap_between_torchmetrics_errors_of_the_groups(seed: int, num_classes: int) -> None:
    y_true, said, group = three_groups(seed, num_classes)
    errors = [
        float(
            multiclass_calibration_error(
                torch.from_numpy(said.probabilities[group == one]),
                torch.from_numpy(y_true[group == one]),
                num_classes,
                n_bins=10,
            )
        )
        for one in np.unique(group)
    ]
    assert GroupCalibration().gap(y_true, said, group) == pytest.approx(max(errors) - min(errors), abs=1e-5)
    assert GroupCalibration().ratio(y_true, said, group) == pytest.approx(min(errors) / max(errors), abs=1e-4)
