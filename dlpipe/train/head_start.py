"""Lets the last layer start as logistic regression on what the first weights see.

Fine-tuning a network whose last layer is random first spoils its features; fitting that layer before (LP-FT) does not.
Kumar et al., Fine-tuning can distort pretrained features and underperform out-of-distribution, ICLR 2022.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.say import say
from dlpipe.train.batches import Batch, GlobalBatches, SplitDataset
from dlpipe.train.measures import measured

if TYPE_CHECKING:
    from dlpipe.network import Network

Array = np.ndarray[Any, Any]

_MOST = 20_000
"""Training samples that the fit is made on, at most: more take minutes and hardly change 1,000 numbers."""
_STRENGTHS = (1e-4, 1e-3, 1e-2, 1e-1)
"""Inverse strengths of the penalty that are tried; validation samples choose."""


@dataclass(frozen=True)
class Seen:
    """What a frozen backbone makes of samples."""

    features: Array
    """Shape (n, F) float32."""
    targets: Array
    weights: Array


def linear_probe(network: Network, train: SplitDataset, val: SplitDataset, device: torch.device) -> dict[str, float]:
    """Puts logistic regression into `network.head`; returns what it reaches on the validation samples.

    Raises:
        DlpipeError: the task's last layer is not one linear layer.
    """
    head = network.head
    if not isinstance(head, nn.Linear):
        problem = "train.head_start: linear_probe needs a task whose last layer is linear"
        raise DlpipeError(problem, "set train.head_start: none")
    seen, held_out = _see(network, train, device, "training", _MOST), _see(network, val, device, "validation", len(val))
    fit = fitted_each if seen.targets.ndim > 1 else _fitted
    fits = [fit(seen, strength, head.out_features) for strength in _STRENGTHS]
    cells = val.cells if val.num_cells else None
    reached = [measured(held_out.features @ weight.T + bias, held_out.targets, cells) for weight, bias in fits]
    chosen = int(np.argmin([values["val/loss"] for values in reached]))
    weight, bias = fits[chosen]
    with torch.no_grad():
        head.weight.copy_(torch.from_numpy(weight))
        head.bias.copy_(torch.from_numpy(bias))
    say.detail(f"  linear probe: penalty 1/{_STRENGTHS[chosen]:g} of {len(_STRENGTHS)} tried")
    return reached[chosen]


def _see(network: Network, part: SplitDataset, device: torch.device, what: str, most: int) -> Seen:
    network.eval().to(device)
    sampler = GlobalBatches(part.weights, batch_size=64, seed=None)
    wanted = _spread(len(part), most)
    shown = _batches(part, sampler, wanted)
    features, targets, weights = [], [], []
    with torch.inference_mode():
        for batch in say.track(shown, f"Features of {what} samples", total=len(sampler)):
            features.append(network.backbone(batch.inputs.to(device)).float().cpu().numpy())
            targets.append(batch.targets.numpy())
            weights.append(part.start_weights[batch.indices.numpy()])
    network.cpu().train()
    if not all(np.isfinite(some).all() for some in features):
        problem = f"the first weights turn {what} samples into features that are not finite numbers"
        raise DlpipeError(problem, "choose other train.weights, or head_start: none", Exit.NO)
    return Seen(np.concatenate(features), np.concatenate(targets), np.concatenate(weights))


def _batches(part: SplitDataset, sampler: GlobalBatches, wanted: Array) -> Iterator[Batch]:
    for share in sampler:
        chosen = share.indices[wanted[share.indices]]
        if len(chosen):
            yield part.plain(chosen)


def _spread(count: int, most: int) -> Array:
    """`most` of `count` samples, evenly spread over the table. Shape (count,) bool."""
    wanted = np.zeros(count, dtype=bool)
    wanted[np.linspace(0, count - 1, min(count, most)).round().astype(int)] = True
    return wanted


def fitted_each(seen: Seen, strength: float, num_classes: int) -> tuple[Array, Array]:
    """The same where a sample may have several labels: a regression for each class, whether it is there or not.

    Of a class that all of these samples have, or none, only how rare it is is known, with one imagined sample of each kind.
    """
    weight = np.zeros((num_classes, seen.features.shape[1]), dtype=np.float32)
    bias = np.zeros(num_classes, dtype=np.float32)
    for place, has in enumerate(seen.targets.T > 0):
        if has.all() or not has.any():
            bias[place] = np.log((has.sum() + 1) / ((~has).sum() + 1))
            continue
        slopes, offsets = _fitted(Seen(seen.features, has.astype(np.int64), seen.weights), strength, 1)
        weight[place], bias[place] = slopes[0], offsets[0]
    return weight, bias


def _fitted(seen: Seen, strength: float, num_classes: int) -> tuple[Array, Array]:
    """Weight (K, F) and bias (K,) float32 of logistic regression on standardised features, for plain ones."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    mean, std = seen.features.mean(axis=0, dtype=np.float64), seen.features.std(axis=0, dtype=np.float64)
    scale = np.where(std > 1e-6, 1 / np.maximum(std, 1e-6), 0.0)  # noqa: PLR2004 - a feature that never changes says nothing
    regression = LogisticRegression(C=strength, max_iter=300)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # nearly there is good enough for a start
        regression.fit((seen.features - mean) * scale, seen.targets, sample_weight=seen.weights)
    slopes, offsets = np.atleast_2d(regression.coef_), np.atleast_1d(regression.intercept_)
    if num_classes == 2:  # noqa: PLR2004 - scikit-learn keeps one row for two classes
        slopes, offsets = np.concatenate((-slopes, slopes)) / 2, np.concatenate((-offsets, offsets)) / 2
    weight = slopes * scale
    return weight.astype(np.float32), (offsets - weight @ mean).astype(np.float32)
