"""Stage `split`: assigns labelled samples to train, val and test so that nothing leaks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import polars as pl
from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from dlpipe.core import files, plugin
from dlpipe.core.config import Section
from dlpipe.core.plugin import Shown, one
from dlpipe.core.say import say
from dlpipe.core.stage import Inputs, Summary
from dlpipe.core.table import check_samples, read_table, write_table
from dlpipe.split.splitters import SPLITS, Assignment, Splitter, Wish
from dlpipe.split.verify import Counts, count, refuse_empty, shared_contents

if TYPE_CHECKING:
    from pathlib import Path

VERSION = 1

_EXACT = 1e-6
_SAID = 5
"""Shortfalls that the terminal shows; the report has all."""


class Fractions(Section):
    """Shares of the labelled samples; they sum to 1."""

    train: float = Field(default=0.7, gt=0, lt=1, description="What the network learns from.")
    val: float = Field(default=0.15, gt=0, lt=1, description="What stops training and sets the operating point.")
    test: float = Field(default=0.15, gt=0, lt=1, description="What the result is measured on.")

    @model_validator(mode="after")
    def _whole(self) -> Fractions:
        total = self.train + self.val + self.test
        if abs(total - 1) > _EXACT:
            text = "train {train:g}, val {val:g} and test {test:g} sum to {total:g}, not to 1".format(
                **self.model_dump(), total=total
            )
            raise PydanticCustomError("fractions", "{problem}", {"problem": text})
        return self


def _hashed() -> Splitter:
    return plugin.make(Splitter, "hashed", {})


class Config(Section):
    """The `split` section."""

    splitter: Annotated[Shown[Splitter], one(Splitter)] = Field(
        default_factory=_hashed, description="How samples are assigned; `hashed` by id if not said."
    )
    fractions: Fractions = Field(default=Fractions(), description="Shares of train, val and test; .7, .15, .15.")


def run(config: Config, inputs: Inputs, out: Path) -> Summary:
    """Writes `samples.parquet` with `split`, and `report.json`: counts and what could not be satisfied.

    Raises:
        DlpipeError: an unknown column (exit 2), or data that cannot be split like this (exit 3).
    """
    samples = check_samples(read_table(inputs.path("label/samples.parquet")), "label")
    labelled = samples.filter(pl.col("label").is_not_null())
    classes = inputs.dataset.task.classes(labelled["label"])
    wish = Wish((config.fractions.train, config.fractions.val, config.fractions.test), inputs.dataset.seed)
    assignment = _checked(config.splitter, labelled, wish)
    assigned = labelled.select("id", pl.Series("split", assignment.splits, dtype=pl.String))
    split = samples.join(assigned, on="id", how="left", maintain_order="left")
    if split.height != samples.height:
        raise AssertionError(f"split lost or doubled a sample: {samples.height} came in, {split.height} go out")
    counts = count(split.filter(pl.col("label").is_not_null()), classes)
    refuse_empty(counts, config.splitter.name, labelled)
    shared = shared_contents(split)
    write_table(split, out / "samples.parquet")
    files.write_json(out / "report.json", _report(config, counts, assignment, shared))
    for shortfall in assignment.shortfalls[:_SAID]:
        say.note(shortfall)
    if len(assignment.shortfalls) > _SAID:
        say.note(f"{len(assignment.shortfalls) - _SAID} further shortfalls stand in report.json")
    if shared:
        say.warn(
            f"{shared} files lie in more than one split under several names; clean.checks.exact_duplicate finds them"
        )
    return Summary(_facts(split, counts, assignment))


def _checked(splitter: Splitter, labelled: pl.DataFrame, wish: Wish) -> Assignment:
    """What the splitter gives, if it keeps its kind's contract; else a bug of it."""
    assignment = splitter.assign(labelled, wish)
    strange = set(assignment.splits) - {*SPLITS, None}
    if len(assignment.splits) != labelled.height or strange:
        raise ValueError(
            f"splitter {splitter.name} gave {len(assignment.splits)} splits for {labelled.height}: {strange}"
        )
    return assignment


def _report(config: Config, counts: Counts, assignment: Assignment, shared: int) -> dict[str, Any]:
    return {
        "splitter": {"name": config.splitter.name, **config.splitter.model_dump(mode="json")},
        "fractions": config.fractions.model_dump(),
        "counts": counts,
        "shortfalls": assignment.shortfalls,
        "num_shared_files": shared,
    }


def _facts(split: pl.DataFrame, counts: Counts, assignment: Assignment) -> dict[str, Any]:
    return {
        "num_samples": split.height,
        "num_unassigned": split["split"].null_count(),
        "counts": counts,
        "num_shortfalls": len(assignment.shortfalls),
    }
