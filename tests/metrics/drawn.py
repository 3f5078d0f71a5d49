"""Predictions for tests: random, with ties, with two classes or more."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from dlpipe.metrics import Predictions

Drawn = tuple[np.ndarray[Any, Any], Predictions]


def predictions(seed: int, num_samples: int, num_classes: int, digits: int = 6, *, every_class: bool = True) -> Drawn:
    """Labels (n,) and what a mediocre model says of them; few digits make ties. The answers are at no argmax."""
    random = np.random.default_rng(seed)
    y_true = random.integers(0, num_classes, num_samples)
    if every_class:
        y_true[:num_classes] = np.arange(num_classes)
    raw = np.round(random.random((num_samples, num_classes)) + 0.3 * np.eye(num_classes)[y_true], digits) + 0.01
    probabilities = raw / raw.sum(axis=1, keepdims=True)
    predicted = np.where(random.random(num_samples) < 0.7, y_true, random.integers(0, num_classes, num_samples))
    if every_class:
        predicted[:num_classes] = np.arange(num_classes)
    return y_true, Predictions(probabilities, predicted, 1 if num_classes == 2 else None)


@st.composite
def drawn(draw: st.DrawFn, *, most_classes: int = 5, every_class: bool = True) -> Drawn:
    """Any of the above."""
    num_classes = draw(st.integers(2, most_classes))
    num_samples = draw(st.integers(num_classes, 80))
    digits = draw(st.sampled_from((1, 2, 6)))
    return predictions(draw(st.integers(0, 2**32 - 1)), num_samples, num_classes, digits, every_class=every_class)
