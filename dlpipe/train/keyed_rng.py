"""Random numbers that follow from what they are for, not from what was drawn before.

The order of an epoch is a function of (seed, epoch), an augmentation of (seed, epoch, sample), dropout of (seed, step).
So a training that is killed and goes on draws what an uninterrupted one draws, and so do any number of devices.
Philox is the counter-based generator of Salmon et al., Parallel random numbers: as easy as 1, 2, 3, SC 2011.
"""

from __future__ import annotations

import random
from enum import IntEnum

import numpy as np


class Use(IntEnum):
    """What random numbers are for; uses of one seed are independent of each other."""

    ORDER = 1
    AUGMENT = 2
    STEP = 3
    START = 4


def seed_for(seed: int, use: Use, *words: int) -> int:
    """A 64-bit seed that follows from all of its arguments."""
    state = np.random.SeedSequence((seed, int(use), *words)).generate_state(1, np.uint64)
    return int(state[0])


def order(seed: int, epoch: int, count: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """The order in which epoch `epoch` shows `count` samples. Shape (count,)."""
    return generator(seed, Use.ORDER, epoch).permutation(count)


def generator(seed: int, use: Use, *words: int) -> np.random.Generator:
    """A generator whose numbers follow from all of its arguments."""
    return np.random.Generator(np.random.Philox(seed_for(seed, use, *words)))


class Keyed:
    """A pair of generators (NumPy's and Python's) that can be put to the start of any sample's stream in microseconds."""

    def __init__(self, seed: int) -> None:
        key = np.random.SeedSequence((seed, int(Use.AUGMENT))).generate_state(2, np.uint64)
        self._philox = np.random.Philox(key=key)
        self._start = self._philox.state
        self.numpy = np.random.Generator(self._philox)
        self.python = random.Random()

    def move_to(self, epoch: int, sample: int) -> None:
        """Starts the stream of one sample in one epoch; streams are 2^64 blocks apart."""
        counter = np.array([0, sample, epoch, 0], dtype=np.uint64)
        self._philox.state = {**self._start, "state": {**self._start["state"], "counter": counter}}
        self.python.seed(int(self._philox.random_raw()))
