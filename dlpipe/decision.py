"""Where an answer turns: rules by group, as `export` fits them and `model.json` holds them.

A rule says with which chance a sample is called positive, after Hardt, Price and Srebro (Equality of opportunity in
supervised learning, NeurIPS 2016): groups can be made equal only if some answers are drawn. The draw is no chance of the
moment: it follows from the sample's own content, so that the same sample always gets the same answer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from dlpipe.core.errors import DlpipeError, Exit, nearest
from dlpipe.core.table import attributes

if TYPE_CHECKING:
    import polars as pl

Array = np.ndarray[Any, Any]

KEY = "group_thresholds"
"""What `model.json` calls them."""
MISSING = "(missing)"
"""The group of samples that have no value."""

_DRAW_BYTES = 8


@dataclass(frozen=True)
class Rule:
    """How one group's samples are answered: chance = ignored · constant + (1 - ignored) · (share of thresholds reached)."""

    thresholds: tuple[float, float]
    """Probabilities from which each of the two says positive; above 1: never."""
    first: float
    """Share of the draws that the first threshold decides, the second decides the rest."""
    ignored: float
    """Share of the draws that no threshold decides."""
    constant: float
    """Chance of being called positive in those."""

    def chances(self, probabilities: Array) -> Array:
        """The chance of each sample to be called positive. Both shape (n,)."""
        low, high = (probabilities >= threshold for threshold in self.thresholds)
        return self.ignored * self.constant + (1 - self.ignored) * (self.first * low + (1 - self.first) * high)

    @property
    def is_drawn(self) -> bool:
        """Whether any sample's answer depends on its draw."""
        return self.ignored > 0 or (0 < self.first < 1 and self.thresholds[0] != self.thresholds[1])


@dataclass(frozen=True)
class GroupRules:
    """A rule for each value of one attribute."""

    by: str
    rules: Mapping[str, Rule]

    @classmethod
    def of(cls, description: Mapping[str, Any]) -> GroupRules | None:
        """Those of a `model.json`; None where one threshold serves all."""
        held = description.get(KEY)
        if held is None:
            return None
        rules = {
            value: Rule((one["thresholds"][0], one["thresholds"][1]), one["first"], one["ignored"], one["constant"])
            for value, one in held["rules"].items()
        }
        return cls(held["by"], rules)

    @property
    def values(self) -> str:
        """The groups that have a rule, for a sentence."""
        return ", ".join(f"'{value}'" for value in self.rules)

    def checked(self, groups: Sequence[str | None] | None) -> list[str]:
        """Groups that all have a rule.

        Raises:
            DlpipeError: none are given, or one has no rule.
        """
        if groups is None:
            problem = f"this model decides by '{self.by}', and nothing says which of {self.values} the sample is of"
            raise DlpipeError(problem, f"give the value of '{self.by}' with every sample")
        named = [MISSING if value is None else value for value in groups]
        if unknown := sorted(set(named) - set(self.rules)):
            problem = f"this model decides by '{self.by}' and has no rule for '{unknown[0]}'"
            raise DlpipeError(problem, nearest(unknown[0], list(self.rules)))
        return named

    def of_samples(self, samples: pl.DataFrame) -> list[str]:
        """The group of every row of a samples table.

        Raises:
            DlpipeError: the samples lack the attribute (exit 5), or one is of a group that has no rule (exit 3).
        """
        import polars as pl

        if self.by not in attributes(samples):
            problem = f"the exported model decides by '{self.by}', which the samples do not have"
            raise DlpipeError(problem, "`dlpipe run` exports with what the data says now", Exit.INTEGRITY)
        try:
            return self.checked(samples[self.by].cast(pl.String).to_list())
        except DlpipeError as error:
            fix = "see to it that val has samples of every group (split.splitter), or take export.group_thresholds out"
            raise DlpipeError(error.problem, fix, Exit.NO) from error

    def positive(self, probabilities: Array, groups: Sequence[str], draws: Array) -> Array:
        """Which samples are called positive, shape (n,) bool.

        Args:
            probabilities: Of the positive class, shape (n,).
            groups: Of every sample, each with a rule.
            draws: As `draws_of` gives them, shape (n,).
        """
        found = np.zeros(len(probabilities), dtype=np.bool_)
        named = np.asarray(groups, dtype=np.str_)
        for value, rule in self.rules.items():
            inside = named == value
            found[inside] = draws[inside] < rule.chances(probabilities[inside])
        return found


def draws_of(encoded: Array) -> Array:
    """A number in [0, 1) for each encoded sample that follows from its bytes alone (SHA-256). Shape (n,)."""
    heads = [hashlib.sha256(np.ascontiguousarray(one).tobytes()).digest()[:_DRAW_BYTES] for one in encoded]
    # 53 bits, as many as a float64 holds, so that 1 itself never comes out
    return np.array([(int.from_bytes(head, "big") >> 11) / 2**53 for head in heads], dtype=np.float64)
