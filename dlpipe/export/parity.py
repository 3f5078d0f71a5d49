"""Whether the exported file gives what torch gives, on real samples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from dlpipe.core.errors import DlpipeError, Exit

if TYPE_CHECKING:
    from torch import nn

    from dlpipe.graph.run import Graph

BATCH_SIZES = (1, 2, 5)
_DIGITS = 7


@dataclass(frozen=True)
class Parity:
    """How far the file is from torch."""

    max_difference: float
    """Largest difference of a logit or a feature, as a share of the largest of them (or of 1 where all are smaller)."""
    top1_agreement: float
    """Share of samples with the same most probable class."""
    num_samples: int


def compare(network: nn.Module, graph: Graph, samples: np.ndarray[Any, Any]) -> Parity:
    """Runs both over `samples` (n, *example_shape) and a black and a white one; the file at batches of 1, 2 and 5."""
    edges = np.stack([np.zeros_like(samples[0]), np.full_like(samples[0], np.iinfo(samples.dtype).max)])
    inputs = np.concatenate([samples, edges])
    wanted = _by_torch(network, inputs)
    differences: list[float] = []
    agreements: list[float] = []
    for size in BATCH_SIZES:
        parts = [graph(inputs[start : start + size]) for start in range(0, len(inputs), size)]
        found = {name: np.concatenate([part[name] for part in parts]) for name in graph.outputs}
        differences += [_difference(found[name], wanted[name]) for name in wanted]
        agreements.append(float((found["outputs"].argmax(axis=1) == wanted["outputs"].argmax(axis=1)).mean()))
    return Parity(round(max(differences), _DIGITS), round(min(agreements), _DIGITS), len(samples))


def _by_torch(network: nn.Module, inputs: np.ndarray[Any, Any]) -> dict[str, np.ndarray[Any, Any]]:
    import torch

    size = max(BATCH_SIZES)
    with torch.inference_mode():
        parts = [network(torch.from_numpy(inputs[start : start + size])) for start in range(0, len(inputs), size)]
    outputs, features = (torch.cat(values).numpy() for values in zip(*parts, strict=True))
    return {"outputs": outputs, "features": features}


def _difference(found: np.ndarray[Any, Any], wanted: np.ndarray[Any, Any]) -> float:
    """Not finite anywhere is as far as it gets."""
    if not (np.isfinite(found).all() and np.isfinite(wanted).all()):
        return float("inf")
    return float(np.abs(found - wanted).max() / max(1.0, float(np.abs(wanted).max())))


def refuse_difference(parity: Parity, tolerance: float) -> None:
    """Refuses a file that is not the trained network.

    Raises:
        DlpipeError: it differs by more than `tolerance` (exit 3); within it, only ties can change the top class.
    """
    if not parity.max_difference <= tolerance:
        problem = (
            f"the exported model differs from the trained network by {parity.max_difference:.2g} "
            f"(at most {tolerance:.2g}) on {parity.num_samples} samples; they agree on {parity.top1_agreement:.1%}"
        )
        fix = "choose another architecture, or raise export.tolerance if that difference does not matter to you"
        raise DlpipeError(problem, fix, Exit.NO)
