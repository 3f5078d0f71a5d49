"""Probabilities in the shape of an estimator, as Fairlearn wants them: nothing is fitted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sklearn.base import BaseEstimator

if TYPE_CHECKING:
    import numpy as np


class AsTheyAre(BaseEstimator):
    """Predicts the one column that it is given."""

    def fit(self, *_data: object) -> AsTheyAre:
        """Nothing to do; scikit-learn asks for the verb."""
        return self

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def predict(self, column: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """(n, 1) → (n,)."""
        return column[:, 0]
