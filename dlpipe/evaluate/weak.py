"""Where the model is weak: segments found on one half of the test clusters and confirmed on the other.

What is searched for among hundreds of segments is found by luck alone. So the search sees one half only; the few worst
of it are tested once on the other half, with Holm's correction (Holm, Scand. J. Statist. 1979). A segment's number is
that of the second half, which the search has not flattered.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dlpipe.evaluate.measuring import rounded

LEAST_UNITS = 10
"""Clusters that each half needs: a t test of fewer tells nothing."""
_MOST_TESTED = 10
_SEARCH_P = 0.1
_MOST_VALUES = 20


@dataclass(frozen=True)
class Question:
    """What is asked of every segment."""

    right: NDArray[Any]
    """Shape (n,), 1 where the answer is right, else 0."""
    asked: NDArray[Any]
    """Shape (n,) bool: the samples that count: all for accuracy, those of the positive class for recall."""
    measure: str


@dataclass(frozen=True)
class Segment:
    """Samples that share one value, or two."""

    words: str
    inside: NDArray[Any]
    """Shape (n,) bool."""


def segments(slices: Mapping[str, NDArray[Any]]) -> Iterator[Segment]:
    """All values of all slices, and all pairs of values of two slices."""
    kept = {name: values for name, values in slices.items() if np.unique(values).size <= _MOST_VALUES}
    singles = {
        name: [Segment(f"{name}: {value}", values == value) for value in np.unique(values)]
        for name, values in kept.items()
    }
    for found in singles.values():
        yield from found
    for one, other in combinations(singles.values(), 2):
        for first in one:
            for second in other:
                yield Segment(f"{first.words} and {second.words}", first.inside & second.inside)


def weak_segments(
    slices: Mapping[str, NDArray[Any]],
    question: Question,
    units: NDArray[Any],
    seed: int,
    least: int,
    alpha: float = 0.05,
) -> dict[str, Any]:
    """The segments that are confirmed to be worse than the rest, worst first, and a verdict.

    Args:
        slices: By name, the value of every sample; shape (n,) each.
        question: What is asked of them.
        units: Shape (n,): which samples belong to one cluster; a number for each.
        seed: Which clusters are in which half.
        least: Samples that a segment, and what is not in it, must have in each half.
        alpha: Chance that anything is confirmed where nothing is weak.

    Returns:
        `verdict`, `why`, `num_searched`, `num_tested`, and `found`: words, measure, n, value, interval, p.
    """
    number = np.unique(units).size
    told = {"measure": question.measure, "num_searched": 0, "num_tested": 0, "found": []}
    if number < 2 * LEAST_UNITS:
        why = f"{number} independent units, {2 * LEAST_UNITS} are needed"
        return {**told, "verdict": "not enough data", "why": why}
    first = _half(units, seed)
    able = [each for each in segments(slices) if _enough(each, question, units, first, least)]
    if not able:
        why = f"no segment has {least} samples of {LEAST_UNITS // 2} independent units in each half"
        return {**told, "verdict": "not enough data", "why": why}
    return {**told, **_sought(able, question, units, first, alpha)}


def _sought(
    able: list[Segment], question: Question, units: NDArray[Any], first: NDArray[Any], alpha: float
) -> dict[str, Any]:
    searched = sorted(((_worse(each, question, units, first), each) for each in able), key=lambda pair: pair[0][1])
    chosen = [each for (gap, p), each in searched if gap < 0 and p < _SEARCH_P][:_MOST_TESTED]
    tested = [(_worse(each, question, units, ~first)[1], each) for each in chosen]
    sure = holm([p for p, _ in tested], alpha)
    found = [_told(each, question, units, ~first, p) for (p, each), kept in zip(tested, sure, strict=True) if kept]
    found.sort(key=lambda each: each["value"])
    verdict = "weak segments found" if found else "no weak segment found"
    why = f"{len(chosen)} of {len(able)} segments looked weak on one half, {len(found)} are so on the other"
    return {"num_searched": len(able), "num_tested": len(chosen), "found": found, "verdict": verdict, "why": why}


def holm(p_values: list[float], alpha: float) -> list[bool]:
    """Which hypotheses may be given up so that the chance of any error is at most alpha."""
    order = np.argsort(p_values, kind="stable")
    kept = [False] * len(p_values)
    for rank, place in enumerate(order):
        if p_values[place] > alpha / (len(p_values) - rank):
            break
        kept[place] = True
    return kept


def _half(units: NDArray[Any], seed: int) -> NDArray[Any]:
    """Half of the clusters, by chance. Shape (n,) bool."""
    names, at = np.unique(units, return_inverse=True)
    chosen = np.random.default_rng(seed).permutation(names.size) < names.size // 2
    return chosen[at]


def _enough(segment: Segment, question: Question, units: NDArray[Any], first: NDArray[Any], least: int) -> bool:
    for half in (first, ~first):
        for side in (segment.inside, ~segment.inside):
            held = half & side & question.asked
            if held.sum() < least or np.unique(units[held]).size < LEAST_UNITS // 2:
                return False
    return True


def _worse(segment: Segment, question: Question, units: NDArray[Any], half: NDArray[Any]) -> tuple[float, float]:
    """The segment's rate less that of the rest, and the p value of "it is not lower".

    A t test by clusters: their influence on the difference varies as it does (Liang and Zeger, Biometrika 1986). It
    takes the variance of single samples, with one more of each kind (Agresti and Caffo, 2000), where that is larger.
    """
    from scipy.stats import t

    kept = half & question.asked
    right, inside = question.right[kept], segment.inside[kept]
    _, at = np.unique(units[kept], return_inverse=True)
    number = int(at.max()) + 1
    influence, by_sample = np.zeros(number), 0.0
    rates: list[float] = []
    for sign, side in ((1, inside), (-1, ~inside)):
        n, mean = side.sum(), float(right[side].mean())
        rates.append(mean)
        influence += sign * np.bincount(at[side], weights=right[side] - mean, minlength=number) / n
        smoothed = (right[side].sum() + 1) / (n + 2)
        by_sample += smoothed * (1 - smoothed) / (n + 2)
    variance = max(float(np.sum(influence**2)) * number / (number - 1), by_sample)
    gap = rates[0] - rates[1]
    freedom = min(np.unique(at[side]).size for side in (inside, ~inside)) - 1
    return gap, float(t.cdf(gap / np.sqrt(variance), freedom))


def _told(segment: Segment, question: Question, units: NDArray[Any], half: NDArray[Any], p: float) -> dict[str, Any]:
    kept = half & question.asked
    inside, rest = kept & segment.inside, kept & ~segment.inside
    value, other = float(question.right[inside].mean()), float(question.right[rest].mean())
    low, high = _interval(question.right[inside], units[inside])
    n = int(inside.sum())
    sentence = (
        f"weak on {segment.words}: {question.measure} {_short(value)} [{_short(low)}, {_short(high)}], n = {n:,}; "
        f"elsewhere {_short(other)}"
    )
    ends = {"value": rounded(value), "low": rounded(low), "high": rounded(high)}
    return {
        "segment": segment.words,
        "n": n,
        **ends,
        "elsewhere": rounded(other),
        "p": rounded(p),
        "sentence": sentence,
    }


def _interval(right: NDArray[Any], units: NDArray[Any], confidence: float = 0.95) -> tuple[float, float]:
    """Of a share of clustered samples: Wilson's with as many samples as they are worth, by Student's t."""
    from scipy.stats import t

    _, at = np.unique(units, return_inverse=True)
    number, n, share = int(at.max()) + 1, right.size, float(right.mean())
    influence = np.bincount(at, weights=right - share) / n
    variance = float(np.sum(influence**2)) * number / max(number - 1, 1)
    worth = min(n, share * (1 - share) / variance) if variance > 0 and 0 < share < 1 else number
    z = float(t.ppf((1 + confidence) / 2, max(number - 1, 1)))
    middle = (share + z**2 / (2 * worth)) / (1 + z**2 / worth)
    half = z / (1 + z**2 / worth) * np.sqrt(share * (1 - share) / worth + z**2 / (4 * worth**2))
    return max(0.0, middle - half), min(1.0, middle + half)


def _short(share: float) -> str:
    """`.41`, `1.0`."""
    return f"{share:.2f}".removeprefix("0")
