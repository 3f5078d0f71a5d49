"""The errors that the model was surest of, and the answers it was least sure of, with pictures where there are any."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from dlpipe.modalities import Unreadable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from dlpipe.dataset import Dataset
    from dlpipe.evaluate.evaluation import Evaluated

MOST = 12
_COLOURS = 3


@dataclass(frozen=True)
class Shown:
    """A sample of a gallery."""

    id: str
    label: str
    predicted: str
    probability: float
    """Of what was predicted."""
    picture: str | None
    """A `data:` address."""


def surest_errors(measured: Evaluated, dataset: Dataset, raw: Path) -> dict[str, list[Shown]]:
    """Wrong answers by label, the surest first; labels without any are left out."""
    said = measured.predictions
    sure = said.probabilities[np.arange(len(said.predicted)), said.predicted]
    order = np.lexsort((measured.samples["id"].to_numpy().astype(str), -sure))
    found: dict[str, list[Shown]] = {}
    for place, name in enumerate(measured.classes):
        wrong = [int(row) for row in order if measured.y_true[row] == place != said.predicted[row]]
        if wrong:
            found[name] = _shown(measured, dataset, raw, wrong[: _share(len(measured.classes))])
    return dict(sorted(found.items(), key=lambda item: -max(one.probability for one in item[1]))[:MOST])


def least_sure(measured: Evaluated, dataset: Dataset, raw: Path) -> list[Shown]:
    """Answers nearest to the operating point (of two classes), or with the smallest lead."""
    ordered = np.sort(measured.predictions.probabilities, axis=1)
    lead = ordered[:, -1] - ordered[:, -2]
    order = np.lexsort((measured.samples["id"].to_numpy().astype(str), lead))
    return _shown(measured, dataset, raw, [int(row) for row in order[:MOST]])


def _share(num_classes: int) -> int:
    return MOST if num_classes <= 2 else max(2, 2 * MOST // num_classes)  # noqa: PLR2004 - of two classes


def _shown(measured: Evaluated, dataset: Dataset, raw: Path, rows: Sequence[int]) -> list[Shown]:
    samples = measured.samples[list(rows)]
    reader = dataset.modality.reader(raw, samples)
    said = measured.predictions
    return [
        Shown(
            str(samples["id"][place]),
            measured.classes[measured.y_true[row]],
            measured.classes[said.predicted[row]],
            float(said.probabilities[row, said.predicted[row]]),
            picture(reader[place]),
        )
        for place, row in enumerate(rows)
    ]


def picture(sample: Any) -> str | None:
    """A thumbnail of a sample as a `data:` address; None where it is no picture."""
    from dlpipe.page.thumbnail import thumbnail

    if isinstance(sample, Unreadable):
        return None
    value = sample.value
    is_picture = isinstance(value, np.ndarray) and value.dtype == np.uint8 and value.ndim == _COLOURS
    return thumbnail(value) if is_picture and value.shape[2] == _COLOURS else None
