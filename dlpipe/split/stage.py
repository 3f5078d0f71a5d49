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
from dlpipe.split.clusters import clusters, num_alike
from dlpipe.split.memberships import are_several, shortfalls_of
from dlpipe.split.reachable import proposal
from dlpipe.split.splitters import SPLITS, Assignment, Splitter, Wish
from dlpipe.split.strata import shortfalls, strata
from dlpipe.split.together import assign_together, parted
from dlpipe.split.verify import Counts, count, refuse_empty

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np

    from dlpipe.tasks import Task

VERSION = 2

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
    task: Task = inputs.dataset.task
    classes = task.classes(labelled["label"])
    shares = config.fractions.train, config.fractions.val, config.fractions.test
    wish = Wish(shares, inputs.dataset.seed, task if task.several else None)
    cluster = clusters(labelled, read_table(inputs.path("clean/duplicates.parquet")))
    assignment = _checked(config.splitter, labelled, cluster, wish)
    split = _joined(samples, labelled, assignment)
    counts = count(split.filter(pl.col("label").is_not_null()), classes, task)
    refuse_empty(counts, config.splitter, labelled, task)
    report = _report(config.splitter, counts, _missed(config.splitter, labelled, assignment, wish), cluster)
    write_table(split, out / "samples.parquet")
    files.write_json(out / "report.json", report)
    _tell(report)
    return Summary(_facts(split, report))


def _checked(splitter: Splitter, labelled: pl.DataFrame, cluster: np.ndarray[Any, Any], wish: Wish) -> Assignment:
    """What the splitter gives, if it keeps its kind's contract; else a bug of it."""
    assignment = assign_together(splitter, labelled, cluster, wish)
    strange = set(assignment.splits) - {*SPLITS, None}
    if len(assignment.splits) != labelled.height or strange:
        raise ValueError(
            f"splitter {splitter.name} gave {len(assignment.splits)} splits for {labelled.height}: {strange}"
        )
    if torn := parted(assignment.splits, cluster):
        raise AssertionError(f"{torn} clusters of copies lie in more than one split")
    return assignment


def _joined(samples: pl.DataFrame, labelled: pl.DataFrame, assignment: Assignment) -> pl.DataFrame:
    """All samples with `split`, and with `fold` where there are folds."""
    assigned = labelled.select("id", pl.Series("split", assignment.splits, dtype=pl.String))
    if assignment.folds is not None:
        assigned = assigned.with_columns(pl.Series("fold", assignment.folds, dtype=pl.Int64))
    split = samples.join(assigned, on="id", how="left", maintain_order="left")
    if split.height != samples.height:
        raise AssertionError(f"split lost or doubled a sample: {samples.height} came in, {split.height} go out")
    return split


def _missed(splitter: Splitter, labelled: pl.DataFrame, assignment: Assignment, wish: Wish) -> dict[str, Any]:
    """What could not be satisfied, in numbers, and the nearest that can."""
    wished = splitter.wished(wish)
    if wished is None:
        return {"fractions": None, "shortfalls": assignment.notes, "proposal": None}
    if wish.task is not None and are_several(splitter.evened, wish):
        missed = shortfalls_of(labelled, splitter.evened, wish.task, assignment.splits, wished)
    else:
        missed = shortfalls(*strata(labelled, splitter.evened), assignment.splits, wished)
    return {
        "fractions": dict(zip(SPLITS, (round(share, 6) for share in wished), strict=True)),
        "shortfalls": missed + assignment.notes,
        "proposal": proposal(splitter, labelled, assignment.splits, wished),
    }


def _report(
    splitter: Splitter, counts: Counts, missed: dict[str, Any], cluster: np.ndarray[Any, Any]
) -> dict[str, Any]:
    num_clusters, num_samples = num_alike(cluster)
    return {
        "splitter": {"name": splitter.name, **splitter.model_dump(mode="json")},
        "counts": counts,
        **missed,
        "copies": {"num_clusters": num_clusters, "num_samples": num_samples},
    }


def _tell(report: dict[str, Any]) -> None:
    copies, missed = report["copies"], report["shortfalls"]
    if copies["num_clusters"]:
        say.note(
            f"{copies['num_samples']} samples are copies of one another: {copies['num_clusters']} clusters stay whole"
        )
    for shortfall in missed[:_SAID]:
        say.note(shortfall)
    if len(missed) > _SAID:
        say.note(f"{len(missed) - _SAID} further shortfalls stand in report.json")
    if report["proposal"] is not None:
        shares = ", ".join(f"{split}: {share:g}" for split, share in report["proposal"]["fractions"].items())
        say.note(f"within reach is `split: {{fractions: {{{shares}}}}}`: {report['proposal']['because']}")


def _facts(split: pl.DataFrame, report: dict[str, Any]) -> dict[str, Any]:
    return {
        "num_samples": split.height,
        "num_unassigned": split["split"].null_count(),
        "counts": report["counts"],
        "num_copies": report["copies"]["num_samples"],
        "num_shortfalls": len(report["shortfalls"]),
    }
