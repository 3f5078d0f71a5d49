"""How the exported model holds against pictures changed to mislead it: FGSM and PGD in grey levels.

Goodfellow et al., Explaining and Harnessing Adversarial Examples, ICLR 2015; Madry et al., ICLR 2018. The gradients are
the torch network's; what is asked in the end is the exported file, of whole grey levels as a picture file has them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from dlpipe.explain import numbers
from dlpipe.explain.maps import Answering

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from dlpipe.explain.stage import Attack
    from dlpipe.network import Network
    from dlpipe.predictor import Predictor

_BATCH = 16


def measure(
    settings: Attack,
    network: Network,
    predictor: Predictor,
    encoded: NDArray[Any],
    y_true: NDArray[Any],
    groups: Sequence[str] | None = None,
) -> dict[str, Any]:
    """Accuracy on attacked samples by attack and size; arguments as those of `dlpipe.explain.shortcut.measure`.

    `groups`, one a sample, are those by which the model decides, if it does.
    """
    steps = {"fgsm": 1, "pgd": settings.steps}
    found = {
        name: {
            f"grey_levels_{size:g}": numbers.share(
                _right(predictor, attack(network, encoded, y_true, size, count), y_true, groups), len(y_true)
            )
            for size in settings.grey_levels
        }
        for name, count in steps.items()
    }
    clean = _right(predictor, encoded, y_true, groups)
    return {"n": len(y_true), "clean": numbers.share(clean, len(y_true)), **found}


def _right(predictor: Predictor, encoded: NDArray[Any], y_true: NDArray[Any], groups: Sequence[str] | None) -> int:
    return int((predictor.scores(encoded, groups).predicted == y_true).sum())


def attack(network: Network, encoded: NDArray[Any], y_true: NDArray[Any], size: float, steps: int) -> NDArray[Any]:
    """Pictures that differ by at most `size` grey levels anywhere, chosen to be answered wrong. Shape as `encoded`."""
    from captum.robust import FGSM, PGD

    answering = Answering(network).eval()
    loss = torch.nn.CrossEntropyLoss(reduction="none")
    one = FGSM(answering, loss, lower_bound=0, upper_bound=255)
    more = PGD(answering, loss, lower_bound=0, upper_bound=255)
    changed: list[NDArray[Any]] = []
    for start in range(0, len(encoded), _BATCH):
        pictures = torch.from_numpy(encoded[start : start + _BATCH]).float()
        targets = torch.from_numpy(y_true[start : start + _BATCH])
        if steps == 1:
            found: Any = one.perturb(pictures, epsilon=size, target=targets)
        else:
            found = more.perturb(pictures, size, 2.5 * size / steps, steps, target=targets)
        changed.append(found.detach().round().clamp(0, 255).numpy().astype(np.uint8))
    return np.concatenate(changed)
