"""Whether the answer lives where it should not: in the picture's border instead of what is shown.

Geirhos et al., Shortcut Learning in Deep Neural Networks, Nature Machine Intelligence 2020.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from dlpipe.explain import numbers
from dlpipe.metrics import Metric, Predictions
from dlpipe.metrics.auroc import Auroc
from dlpipe.metrics.balanced_accuracy import BalancedAccuracy

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dlpipe.predictor import Predictor


def border_of(shape: tuple[int, int], width: float) -> NDArray[Any]:
    """Where the border is. (H, W) bool; `width` is a share of the shorter side."""
    across = max(1, round(width * min(shape)))
    inside = np.ones(shape, dtype=bool)
    inside[across:-across, across:-across] = False
    return inside


def attribution(maps: NDArray[Any], border: NDArray[Any]) -> NDArray[Any]:
    """The border's share of each map's attribution, NaN where a map is empty. (n, H, W) → (n,)."""
    whole = maps.sum(axis=(1, 2))
    return np.where(whole > 0, maps[:, border].sum(axis=1) / np.where(whole > 0, whole, 1), np.nan)


def measure(
    predictor: Predictor, encoded: NDArray[Any], y_true: NDArray[Any], maps: NDArray[Any], width: float, seed: int
) -> dict[str, Any]:
    """The explanations' `shortcut`.

    Args:
        predictor: The exported model.
        encoded: Some test samples, (n, C, H, W) uint8, which are covered in part and asked again.
        y_true: (n,) their class indices.
        maps: Maps of some other samples, (m, H, W).
        width: Of the border, as a share of the shorter side.
        seed: The intervals' draws follow from it.
    """
    border = border_of((encoded.shape[2], encoded.shape[3]), width)
    shares = attribution(maps, border)
    shares = shares[~np.isnan(shares)]
    area = float(border.mean())
    covers = {"whole": np.zeros_like(border), "without_border": border, "border_only": ~border}
    of: Metric = Auroc() if predictor.positive is not None else BalancedAccuracy()
    return {
        "border_width": width,
        "border_area": round(area, 6),
        "border_attribution": {"share": numbers.mean(shares, seed), "of_its_area": numbers.mean(shares / area, seed)},
        "measured_by": of.name,
        "chance": 0.5 if predictor.positive is not None else round(1 / len(predictor.classes), 6),
        "n": len(encoded),
        **{
            name: {of.name: numbers.metric(of, y_true, _asked(predictor, encoded, cover), seed)}
            for name, cover in covers.items()
        },
    }


def _asked(predictor: Predictor, encoded: NDArray[Any], cover: NDArray[Any]) -> Predictions:
    """Answers with a part covered by one colour for all: a picture's own mean would tell what it covers."""
    covered = encoded.copy()
    covered[:, :, cover] = encoded.mean(axis=(0, 2, 3)).round().astype(np.uint8)[:, None]
    scores = predictor.scores(covered)
    if predictor.positive is not None:  # the area under the curve asks for probabilities alone, whatever is decided
        return Predictions(scores.probabilities, scores.probabilities.argmax(axis=1), predictor.positive)
    return Predictions(scores.probabilities, scores.predicted, None)
