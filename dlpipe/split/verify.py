"""Whether a split can be used: every split has samples of every class."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.split.reachable import finer
from dlpipe.split.splitters import SPLITS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dlpipe.split.splitters import Splitter
    from dlpipe.tasks import Task

Counts = dict[str, dict[str, int]]
"""Number of samples by split and label."""


def of_classes(samples: pl.DataFrame, task: Task | None) -> pl.DataFrame:
    """Samples with a row for each class that they have, `label` being that class; as they are where each has one."""
    if task is None or not task.several:
        return samples
    names = pl.Series([task.names(label) for label in samples["label"]], dtype=pl.List(pl.String))
    return samples.with_columns(label=names).explode("label").drop_nulls("label")


def count(samples: pl.DataFrame, classes: Sequence[str], task: Task | None = None) -> Counts:
    """Samples of each class in each split, zeros too."""
    samples = of_classes(samples, task)
    found = {(split, label): number for split, label, number in samples.group_by("split", "label").len().iter_rows()}
    return {split: {label: found.get((split, label), 0) for label in classes} for split in SPLITS}


def refuse_empty(counts: Counts, splitter: Splitter, samples: pl.DataFrame, task: Task | None = None) -> None:
    """Raises if a split is empty or a class is missing from one. Of several labels a class is one of them.

    Raises:
        DlpipeError: exit 3, with numbers and what to do.
    """
    whole = {split: sum(row.values()) for split, row in counts.items()}
    for split, total in whole.items():
        if not total:
            have = ", ".join(f"{name} {number}" for name, number in whole.items())
            raise DlpipeError(f"the split leaves no sample for {split} ({have})", _fix(splitter, samples), Exit.NO)
    by_class = of_classes(samples.filter(pl.col("label").is_not_null()), task)
    sizes = dict(by_class.group_by("label").len().iter_rows())
    missing = {label: [split for split in SPLITS if not counts[split][label]] for label in next(iter(counts.values()))}
    missing = {label: splits for label, splits in missing.items() if splits}
    if missing:
        raise _missing(missing, sizes, splitter, samples, by_class)


def _missing(
    missing: Mapping[str, Sequence[str]],
    sizes: Mapping[str, int],
    splitter: Splitter,
    samples: pl.DataFrame,
    by_class: pl.DataFrame,
) -> DlpipeError:
    """`by_class` has a row for each class of each sample."""
    label, splits = min(missing.items(), key=lambda item: (sizes[item[0]], item[0]))
    number = sizes[label]
    others = len(missing) - 1
    more = f"; {others} further class{'es are' if others > 1 else ' is'} missing somewhere too" if others else ""
    if number < len(SPLITS):
        held = "only one sample" if number == 1 else f"only {number} samples"
        problem = f"class '{label}' has {held}: train, val and test need at least one each{more}"
        return DlpipeError(problem, f"add samples of '{label}', or take the class out", Exit.NO)
    inside = by_class.filter(pl.col("label") == label)
    by = splitter.kept_whole
    if by is not None and (groups := inside[by].n_unique()) < len(SPLITS):
        problem = f"the {number} samples of class '{label}' lie in {groups} of the groups of '{by}', which stay whole"
        fix = f"for '{label}' {finer(inside, len(SPLITS))}; or take the class out"
        return DlpipeError(f"{problem}: train, val and test need 3{more}", fix, Exit.NO)
    problem = f"none of the {number} samples of class '{label}' is in {' and '.join(splits)}{more}"
    return DlpipeError(problem, _fix(splitter, samples), Exit.NO)


def _fix(splitter: Splitter, samples: pl.DataFrame) -> str:
    if splitter.name == "hashed":
        return "add samples, or share out each class evenly with `split: {splitter: {name: stratified}}`"
    if splitter.kept_whole is not None:
        return "use {name: grouped_stratified}, finer groups (`by`), other fractions or another seed"
    if splitter.name == "predefined":
        return "mend the column, take val_from_train where there is no val, or use {name: stratified}"
    return f"add samples, or wish larger fractions: one sample of {samples.height} is {1 / samples.height:.3g}"
