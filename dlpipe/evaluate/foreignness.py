"""Scores of how foreign a sample is to what the model was trained on, from its features and logits alone.

Maximum softmax probability: Hendrycks and Gimpel, ICLR 2017. Energy: Liu et al., NeurIPS 2020. Mahalanobis distance:
Lee et al., NeurIPS 2018. Neighbours: Sun et al., ICML 2022. All of them are larger for what is more foreign.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from dlpipe.evaluate.looking import Inside

_NEIGHBOUR = 10
"""Which neighbour's distance counts: the first ones may be outliers themselves."""
_TINY = 1e-12
_KEPT = 0.95
"""Share of one's own samples that a threshold keeps, where others are counted that pass it too."""


class Foreignness:
    """Fitted on train's features; `scores` of any samples."""

    def __init__(self, fitted: Inside, y_true: NDArray[Any]) -> None:
        """`y_true`, shape (n,), are class indices of the n samples of `fitted`."""
        from sklearn.covariance import LedoitWolf
        from sklearn.neighbors import NearestNeighbors

        self._classes = np.unique(y_true)
        self._mean = np.stack([fitted.features[y_true == one].mean(axis=0) for one in self._classes])
        centred = fitted.features - self._mean[np.searchsorted(self._classes, y_true)]
        shrunk = LedoitWolf(assume_centered=True, store_precision=True).fit(centred)
        self._precision: NDArray[Any] = np.asarray(shrunk.precision_)
        self._neighbour = min(_NEIGHBOUR, len(y_true))
        self._neighbours = NearestNeighbors(n_neighbors=self._neighbour, algorithm="brute").fit(_unit(fitted.features))

    def scores(self, inside: Inside) -> Mapping[str, NDArray[Any]]:
        """Each shape (n,), rounded so that machines agree on ties."""
        found = {
            "max_probability": self._unsure(inside.logits),
            "energy": -_log_sum(inside.logits),
            "mahalanobis": self._distance(inside.features),
            "knn": self._neighbours.kneighbors(_unit(inside.features))[0][:, -1],
        }
        return {name: np.asarray(values, dtype=np.float64).round(6) for name, values in found.items()}

    @staticmethod
    def _unsure(logits: NDArray[Any]) -> NDArray[Any]:
        return -np.exp(logits.max(axis=1).astype(np.float64) - _log_sum(logits))

    def _distance(self, features: NDArray[Any]) -> NDArray[Any]:
        """Squared distance to the nearest class's mean."""
        apart = [features.astype(np.float64) - mean for mean in self._mean]
        return np.min([np.einsum("nf,fg,ng->n", gap, self._precision, gap, optimize=True) for gap in apart], axis=0)


def _log_sum(logits: NDArray[Any]) -> NDArray[Any]:
    top = logits.max(axis=1).astype(np.float64)
    return top + np.log(np.exp(logits.astype(np.float64) - top[:, None]).sum(axis=1))


def _unit(features: NDArray[Any]) -> NDArray[Any]:
    return features / np.maximum(np.linalg.norm(features, axis=1, keepdims=True), _TINY)


def auroc(own: NDArray[Any], foreign: NDArray[Any], own_counts: NDArray[Any], foreign_counts: NDArray[Any]) -> Any:
    """Chance that a foreign sample scores higher than one's own, ties half, under each of B rows of counts.

    Args:
        own: Shape (n,).
        foreign: Shape (m,).
        own_counts: Shape (B, n), how often each is drawn.
        foreign_counts: Shape (B, m).

    Returns:
        Shape (B,).
    """
    above = (foreign[None, :] > own[:, None]) + 0.5 * (foreign[None, :] == own[:, None])
    won = np.einsum("bn,nm,bm->b", own_counts, above.astype(np.float32), foreign_counts, optimize=True)
    return won / (own_counts.sum(axis=1) * foreign_counts.sum(axis=1))


def passing(own: NDArray[Any], foreign: NDArray[Any], own_counts: NDArray[Any], foreign_counts: NDArray[Any]) -> Any:
    """Share of foreign samples under the threshold that keeps 95 % of one's own; arguments and result as `auroc`'s."""
    order = np.argsort(own, kind="stable")
    summed = np.cumsum(own_counts[:, order], axis=1)
    place = (summed < _KEPT * summed[:, -1:]).sum(axis=1)
    threshold = own[order][place]
    passes = (foreign[None, :] <= threshold[:, None]) * foreign_counts
    return passes.sum(axis=1) / foreign_counts.sum(axis=1)
