"""Predictions of several labels for tests: random, with ties."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from dlpipe.metrics import Predictions

Drawn = tuple[np.ndarray[Any, Any], Predictions]


def set_predictions(
    seed: int, num_samples: int, num_classes: int, digits: int = 6, *, every_class: bool = True
) -> Drawn:
    """Labels (n, K) and what a mediocre model says of them; few digits make ties. Answers are at no common threshold."""
    random = np.random.default_rng(seed)
    y_true = (random.random((num_samples, num_classes)) < random.uniform(0.1, 0.7, num_classes)).astype(np.uint8)
    if every_class:
        y_true[0], y_true[1] = 0, 1
    probabilities = np.round(np.clip(random.random(y_true.shape) * 0.7 + 0.3 * y_true, 0, 1), digits)
    predicted = np.where(random.random(y_true.shape) < 0.7, y_true > 0, random.random(y_true.shape) < 0.5)
    return y_true, Predictions(probabilities, predicted, None)


@st.composite
def drawn_sets(draw: st.DrawFn, *, every_class: bool = True) -> Drawn:
    """Any of the above, of two classes or more, as the task needs them."""
    num_samples = draw(st.integers(3, 80))
    digits = draw(st.sampled_from((1, 2, 6)))
    seed, num_classes = draw(st.integers(0, 2**32 - 1)), draw(st.integers(2, 5))
    return set_predictions(seed, num_samples, num_classes, digits, every_class=every_class)
