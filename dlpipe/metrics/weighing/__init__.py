"""Samples under many weights at once: what makes a bootstrap of thousands of resamples a matter of seconds.

A resample is a whole number for each sample, how often it was drawn. What a metric needs of the samples themselves
(their order by score, their cells of the confusion matrix) is found once; each resample then costs sums only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from dlpipe.metrics import Predictions


@dataclass(frozen=True)
class Order:
    """Samples by falling score."""

    index: NDArray[Any]
    """Shape (n,)."""
    ends: NDArray[Any]
    """Shape (number of distinct scores,): the last place, in that order, of each score."""


class Prepared:
    """Some samples and what was found of them; each thing is found when it is first asked for."""

    def __init__(self, y_true: NDArray[Any], y_pred: Predictions) -> None:
        self.y_true, self.y_pred = y_true, y_pred
        self._found: dict[str, Any] = {}

    def once(self, name: str, find: Callable[[], Any]) -> Any:
        """What `find` gives, found once. The name must say all that it depends on but the samples."""
        if name not in self._found:
            self._found[name] = find()
        return self._found[name]

    def of_class(self, place: int) -> Prepared:
        """Of several labels one class, as a question of two."""
        return self.once(
            f"of class {place}", lambda: Prepared(self.y_true[:, place].astype(np.int64), self.y_pred.of_class(place))
        )

    @property
    def confidence(self) -> NDArray[Any]:
        """The probability of each sample's most probable class. Shape (n,)."""
        return self.once("confidence", lambda: self.y_pred.probabilities.max(axis=1))

    @property
    def is_right(self) -> NDArray[Any]:
        """Whether the most probable class is the label, whatever the operating point. Shape (n,) bool."""
        return self.once("is right", lambda: self.y_pred.probabilities.argmax(axis=1) == self.y_true)

    def order(self, name: str, score: NDArray[Any]) -> Order:
        """The samples by falling score, under a name of their own. `score` has shape (n,)."""

        def find() -> Order:
            index = np.argsort(-score, kind="stable")
            return Order(index, np.flatnonzero(np.append(np.diff(score[index]) != 0, score.size > 0)))

        return self.once(f"order {name}", find)


class Weighed:
    """Prepared samples under R rows of weights."""

    def __init__(self, prepared: Prepared, weights: NDArray[Any]) -> None:
        """`weights` has shape (R, n), whole numbers from 0."""
        self.prepared, self.weights = prepared, weights
        self.y_true, self.y_pred = prepared.y_true, prepared.y_pred
        self.num_classes = int(prepared.y_pred.probabilities.shape[1])
        self._curves: dict[int, tuple[NDArray[Any], NDArray[Any]]] = {}
        self._classes: dict[int, Weighed] = {}

    def of_class(self, place: int) -> Weighed:
        """Of several labels one class, as a question of two, under the same weights."""
        if place not in self._classes:
            self._classes[place] = Weighed(self.prepared.of_class(place), self.weights)
        return self._classes[place]

    @cached_property
    def totals(self) -> NDArray[Any]:
        """Number of drawn samples. Shape (R,)."""
        return self.weights.sum(axis=1, dtype=np.float64)

    def mean(self, each: NDArray[Any]) -> NDArray[Any]:
        """Mean of a number that every sample has, NaN where none was drawn. (n,) → (R,)."""
        with np.errstate(invalid="ignore"):
            return np.array([row @ each for row in self._rows()]) / self.totals

    def sums(self, place: NDArray[Any], size: int, each: NDArray[Any] | None = None) -> NDArray[Any]:
        """How many drawn samples each place holds, or the sum of their numbers. Both (n,) → (R, size)."""
        rows = self._rows() if each is None else (row * each for row in self._rows())
        found = [np.bincount(place, weights=row, minlength=size) for row in rows]
        return np.array(found, dtype=np.float64).reshape(-1, size)

    def _rows(self) -> Iterator[NDArray[Any]]:
        return (row.astype(np.float64) for row in self.weights)

    @cached_property
    def actual(self) -> NDArray[Any]:
        """Drawn samples of each label. Shape (R, K)."""
        return self.sums(self.y_true, self.num_classes)

    @cached_property
    def named(self) -> NDArray[Any]:
        """Drawn samples that get each answer. Shape (R, K)."""
        return self.sums(self.y_pred.predicted, self.num_classes)

    @cached_property
    def right(self) -> NDArray[Any]:
        """Drawn samples of each label that get it as answer. Shape (R, K)."""
        return self.sums(self.y_true, self.num_classes, (self.y_true == self.y_pred.predicted).astype(np.float64))

    def table(self, group: NDArray[Any], num_groups: int) -> NDArray[Any]:
        """Drawn samples of each group, label and answer. `group` has shape (n,), numbers → (R, G, K, K)."""
        shape = (num_groups, self.num_classes, self.num_classes)
        place = (group * self.num_classes + self.y_true) * self.num_classes + self.y_pred.predicted
        return self.sums(place, int(np.prod(shape))).reshape(-1, *shape)

    def curve(self, one: int) -> tuple[NDArray[Any], NDArray[Any]]:
        """How many drawn samples of a class, and how many of any, have at least each distinct probability of it.

        Two of shape (R, D + 1), whole numbers, from 0 for none to all.
        """
        if one not in self._curves:
            order = self.prepared.order(f"class {one}", self.y_pred.probabilities[:, one])
            self._curves[one] = self.running(order, self.y_true == one)
        return self._curves[one]

    def running(self, order: Order, wanted: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        """How many drawn samples that are wanted, shape (n,) bool, and how many of any, come up to each distinct score.

        Two of shape (R, D + 1), whole numbers, from 0 for none to all.
        """
        drawn = np.take(self.weights, order.index, axis=1)
        return _running(drawn * wanted[order.index].astype(drawn.dtype), order), _running(drawn, order)

    def repeated(self) -> Iterator[tuple[NDArray[Any], Predictions]]:
        """Every resample as samples, each as often as it was drawn: what a metric without sums of its own looks at."""
        at = np.arange(self.y_true.size)
        for row in self.weights:
            index = np.repeat(at, row)
            yield self.y_true[index], self.y_pred.take(index)


def _running(drawn: NDArray[Any], order: Order) -> NDArray[Any]:
    """Row by row, for what fits into the processor's cache is several times as quick. (R, n) → (R, D + 1)."""
    sums = np.zeros((len(drawn), order.ends.size + 1), dtype=np.int32)
    every = order.ends.size == order.index.size
    for row, into in zip(drawn, sums, strict=True):
        if every:
            np.cumsum(row, dtype=np.int32, out=into[1:])
        else:
            into[1:] = np.cumsum(row, dtype=np.int32)[order.ends]
    return sums
