from __future__ import annotations

import numpy as np
from sklearn.utils.validation import check_is_fitted

from dlpipe.export.as_they_are import AsTheyAre


def test_probabilities_come_out_as_they_went_in() -> None:
    estimator = AsTheyAre().fit()
    check_is_fitted(estimator)
    assert estimator.predict(np.array([[0.2], [0.9]])).tolist() == [0.2, 0.9]
