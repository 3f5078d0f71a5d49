from __future__ import annotations

import hashlib

import numpy as np

from dlpipe.split.chance import chances


def test_it_is_the_head_of_a_digest():
    head = hashlib.sha256(b"7\0cats/1.png").hexdigest()[:12]
    assert chances(7, ["cats/1.png"])[0] == int(head, 16) / 2**48


def test_it_is_even_and_seeds_are_independent():
    values = np.array([chances(seed, map(str, range(4000))) for seed in (0, 1)])
    counts, _ = np.histogram(values[0], bins=10, range=(0, 1))
    assert counts.min() > 330
    assert abs(np.corrcoef(values)[0, 1]) < 0.05


def test_nothing_has_no_chance():
    assert chances(0, []).shape == (0,)
