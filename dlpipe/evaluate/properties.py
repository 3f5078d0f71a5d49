"""What can be seen of samples without knowing what they show: for slices that no attribute names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

NUM_CLUSTERS = 8
QUARTERS = ("lowest quarter", "second quarter", "third quarter", "highest quarter")
_LEAST_FOR_BANDS = 40
"""Samples below which quarters say nothing."""


class Looks:
    """Brightness, contrast and sharpness of encoded pictures, batch by batch as they go through the model."""

    def __init__(self) -> None:
        self._found: dict[str, list[NDArray[Any]]] = {"brightness": [], "contrast": [], "sharpness": []}

    def __call__(self, inputs: NDArray[Any]) -> None:
        """Looks at one batch, shape (B, C, H, W); what is no picture has no such properties."""
        if inputs.ndim != 4:  # noqa: PLR2004 - batch, channels, height, width
            return
        grey = inputs.mean(axis=1, dtype=np.float64)
        self._found["brightness"].append(grey.mean(axis=(1, 2)))
        self._found["contrast"].append(grey.std(axis=(1, 2)))
        edges = (
            4 * grey[:, 1:-1, 1:-1] - grey[:, :-2, 1:-1] - grey[:, 2:, 1:-1] - grey[:, 1:-1, :-2] - grey[:, 1:-1, 2:]
        )
        self._found["sharpness"].append(edges.var(axis=(1, 2)))

    def values(self) -> dict[str, NDArray[Any]]:
        """Each property of all samples seen, in their order. Shape (n,); sharpness is the Laplacian's variance."""
        return {name: np.concatenate(parts) for name, parts in self._found.items() if parts}


def bands(values: NDArray[Any]) -> NDArray[Any] | None:
    """Quarters of a number that every sample has, as words; None where it hardly varies. (n,) → (n,)."""
    edges = np.quantile(values, (0.25, 0.5, 0.75))
    if values.size < _LEAST_FOR_BANDS or np.unique(edges).size < edges.size:
        return None
    return np.array(QUARTERS)[np.searchsorted(edges, values, side="left")]


def clusters(train: NDArray[Any], test: NDArray[Any], seed: int) -> NDArray[Any] | None:
    """Which of eight kinds of look each test sample has: k-means on the backbone's vectors of the train split.

    Args:
        train: Shape (n, F).
        test: Shape (m, F).
        seed: Of k-means' start.

    Returns:
        Shape (m,), `look 1` to `look 8`; None where there are too few samples.
    """
    from sklearn.cluster import KMeans

    if len(train) < NUM_CLUSTERS * 5 or len(test) < _LEAST_FOR_BANDS:
        return None
    fitted = KMeans(NUM_CLUSTERS, n_init="auto", random_state=seed).fit(train.astype(np.float64))
    return np.array([f"look {index + 1}" for index in fitted.predict(test.astype(np.float64))])


def slices(
    attributes: Mapping[str, NDArray[Any]], seen: Mapping[str, NDArray[Any]], looks: NDArray[Any] | None
) -> dict[str, NDArray[Any]]:
    """Everything by which samples are told apart: attributes, quarters of properties, kinds of look. Each (n,) of words."""
    banded = {name: found for name, values in seen.items() if (found := bands(values)) is not None}
    return {**attributes, **banded, **({} if looks is None else {"look": looks})}
