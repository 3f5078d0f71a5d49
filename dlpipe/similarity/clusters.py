"""What belongs together because some of it does."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


def clusters(count: int, i: Array, j: Array) -> Array:
    """What belongs together if i[k] and j[k] do, through others too. Shape (count,): the smallest position of each one's."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    if not count:
        return np.zeros(0, np.intp)
    graph = coo_array((np.ones(len(i), bool), (i, j)), shape=(count, count))
    number, of = connected_components(graph, directed=False)
    first = np.full(number, count, np.intp)
    np.minimum.at(first, of, np.arange(count))
    return first[of]
