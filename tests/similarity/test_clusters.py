from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dlpipe import similarity


@given(st.integers(1, 12), st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=14))
def test_clusters_are_what_can_be_reached(count: int, pairs: list[tuple[int, int]]) -> None:
    pairs = [(one % count, other % count) for one, other in pairs]
    reached = np.eye(count, dtype=bool)
    for one, other in pairs:
        reached[one, other] = reached[other, one] = True
    for middle in range(count):
        reached |= reached[:, [middle]] & reached[[middle]]
    i, j = np.array(pairs, np.intp).reshape(-1, 2).T
    assert similarity.clusters(count, i, j).tolist() == reached.argmax(axis=1).tolist()


def test_nothing_has_no_clusters() -> None:
    none = np.zeros(0, np.intp)
    assert similarity.clusters(0, none, none).tolist() == []
