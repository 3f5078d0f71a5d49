from __future__ import annotations

import numpy as np
import pytest

from dlpipe.similarity import hashes
from dlpipe.similarity.hashes import pairs_within


def near(count: int, seed: int = 0) -> np.ndarray:
    """Hashes of chance, half of them 0 to 11 bits from another, some of them equal."""
    random = np.random.default_rng(seed)
    values = random.integers(0, 2**64, count, dtype=np.uint64)
    for place in range(count // 2):
        bits = random.choice(64, random.integers(0, 12), replace=False)
        values[count // 2 + place] = values[place] ^ np.uint64(sum(1 << int(bit) for bit in bits))
    return values


@pytest.mark.parametrize("radius", (0, 1, 6, 10))
def test_every_pair_is_found(radius: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """As brute force finds them, bit by bit."""
    monkeypatch.setattr(hashes, "_FEW", 0)
    values = near(300)
    expected = [
        (i, j)
        for i, one in enumerate(values.tolist())
        for j, other in enumerate(values.tolist())
        if i < j and (one ^ other).bit_count() <= radius
    ]
    i, j = pairs_within(values, radius)
    assert list(zip(i.tolist(), j.tolist(), strict=True)) == expected
    assert len(expected) > 5


def test_few_are_compared_all_with_all_to_the_same_end(monkeypatch: pytest.MonkeyPatch) -> None:
    values = near(400, 1)
    direct = pairs_within(values, 6)
    monkeypatch.setattr(hashes, "_FEW", 0)
    np.testing.assert_array_equal(pairs_within(values, 6), direct)


def test_none_and_one_have_no_pairs() -> None:
    for count in (0, 1):
        assert [len(found) for found in pairs_within(np.zeros(count, np.uint64), 6)] == [0, 0]
