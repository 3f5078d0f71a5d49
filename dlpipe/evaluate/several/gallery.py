"""Of each class the samples it was surest to have that do not, and surest not to have that do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dlpipe.evaluate.gallery import Shown, picture

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from dlpipe.dataset import Dataset
    from dlpipe.evaluate.evaluation import Evaluated

MOST_CLASSES = 12
_MOST = 24
"""Pictures that all classes share."""


def surest_errors(measured: Evaluated, dataset: Dataset, raw: Path) -> list[tuple[str, list[Shown]]]:
    """Heads with their errors, the surest first; kinds of error that were not made are left out."""
    said = measured.predictions
    each = max(2, _MOST // (2 * len(measured.classes)))
    ids = measured.samples["id"].to_numpy().astype(str)
    found: list[tuple[str, list[Shown]]] = []
    for place, name in enumerate(measured.classes[:MOST_CLASSES]):
        has, answered, given = measured.y_true[:, place] > 0, said.predicted[:, place], said.probabilities[:, place]
        kinds = ((f"“{name}” missed", has & ~answered, given), (f"“{name}” added", ~has & answered, -given))
        for head, wrong, order in kinds:
            rows = np.flatnonzero(wrong)
            rows = rows[np.lexsort((ids[rows], order[rows]))][:each].tolist()
            if rows:
                found.append((head, _shown(measured, dataset, raw, rows, place)))
    return found


def _shown(measured: Evaluated, dataset: Dataset, raw: Path, rows: Sequence[int], place: int) -> list[Shown]:
    samples = measured.samples[list(rows)]
    reader = dataset.modality.reader(raw, samples)
    said = measured.predictions
    answers = dataset.task.decode(said.predicted[list(rows)], measured.classes)
    labels, ids = samples["label"].to_list(), samples["id"].to_list()
    given = said.probabilities[list(rows), place].tolist()
    return [Shown(ids[at], labels[at], answers[at], given[at], picture(reader[at])) for at in range(len(rows))]
