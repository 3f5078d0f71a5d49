"""Where a network looks: maps of attribution from its gradients, by Captum.

Grad-CAM: Selvaraju et al., ICCV 2017. Integrated gradients: Sundararajan et al., ICML 2017. Occlusion, which needs no
gradients, is in `dlpipe.explain.occlusion`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dlpipe.network import Network

Method = Literal["gradcam", "integrated_gradients"]

LEAST_SIDE = 5
"""Rows and columns that a layer's map has at least, if any layer has as many: less says next to nothing of where."""

_STEPS = 16
_BATCH = 8


class Answering(nn.Module):
    """The network's logits of float pictures in grey levels: what gradients are taken of."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, pictures: Tensor) -> Tensor:
        """(B, C, H, W) float, 0 to 255 → (B, K)."""
        return self.network(pictures)[0]


def convolution_of(network: Network, example_shape: tuple[int, ...]) -> nn.Module | None:
    """The last convolution whose map still says where, or None where a network has none, as transformers do.

    That is the last one whose map has at least 5 rows and columns; failing that, the last one of more than one.
    """
    seen: list[tuple[nn.Module, int]] = []

    def note(layer: nn.Module, _inputs: Any, output: Any) -> None:
        if isinstance(output, Tensor) and output.ndim == 4:  # noqa: PLR2004 - (B, C, H, W)
            seen.append((layer, min(output.shape[2:])))

    layers = [layer for layer in network.modules() if isinstance(layer, nn.Conv2d)]
    hooks = [layer.register_forward_hook(note) for layer in layers]
    with torch.no_grad():
        network(torch.zeros(1, *example_shape))
    for hook in hooks:
        hook.remove()
    if len(seen) < 2 and has_attention(network):  # noqa: PLR2004 - the one that cuts a picture into patches
        return None
    sides = [side for _, side in seen]
    enough = LEAST_SIDE if max(sides, default=0) >= LEAST_SIDE else 2
    return next((layer for layer, side in reversed(seen) if side >= enough), None)


def has_attention(network: nn.Module) -> bool:
    """Whether some part of it is an attention, by its class's name: timm has a dozen of its own."""
    return any("attention" in type(part).__name__.lower() for part in network.modules())


def method_of(network: Network, example_shape: tuple[int, ...]) -> Method:
    """Grad-CAM where there are convolutions to look at, integrated gradients elsewhere."""
    return "gradcam" if convolution_of(network, example_shape) is not None else "integrated_gradients"


def maps(network: Network, encoded: NDArray[Any], targets: NDArray[Any], method: Method) -> NDArray[Any]:
    """How much each place speaks for a class.

    Args:
        network: In evaluation mode; left as it is.
        encoded: (n, C, H, W) uint8, as the network takes them.
        targets: (n,) the class that is explained.
        method: `integrated_gradients` works for any network, `gradcam` for those with convolutions.

    Returns:
        (n, H, W) float64, 0 and more, the largest of each 1; all 0 where nothing speaks for the class.
    """
    of = _gradcam if method == "gradcam" else _integrated
    answering = Answering(network).eval()
    parts = [
        of(
            answering,
            torch.from_numpy(encoded[start : start + _BATCH]).float(),
            torch.from_numpy(targets[start : start + _BATCH]),
        )
        for start in range(0, len(encoded), _BATCH)
    ]
    found = np.concatenate([part.detach().numpy().astype(np.float64) for part in parts])
    top = found.max(axis=(1, 2), keepdims=True)
    return np.where(top > 0, found / np.where(top > 0, top, 1), 0.0)


def _gradcam(answering: Answering, pictures: Tensor, targets: Tensor) -> Tensor:
    from captum.attr import LayerAttribution, LayerGradCam

    layer = convolution_of(answering.network, tuple(pictures.shape[1:]))
    if layer is None:
        raise ValueError("the network has no convolution to look at")
    found = LayerGradCam(answering, layer).attribute(pictures, target=targets, relu_attributions=True)
    if not isinstance(found, Tensor):
        raise TypeError("a convolution has one output")
    size = (int(pictures.shape[2]), int(pictures.shape[3]))
    grown = LayerAttribution.interpolate(found, size, interpolate_mode="bilinear")
    return grown.detach()[:, 0].clamp(min=0)


def _integrated(answering: Answering, pictures: Tensor, targets: Tensor) -> Tensor:
    """Against a blurred picture, summed over colours and over patches: single pixels say nothing to the eye."""
    from captum.attr import IntegratedGradients

    around = nn.functional.avg_pool2d(pictures, 31, stride=1, padding=15, count_include_pad=False)
    found = IntegratedGradients(answering).attribute(
        pictures, baselines=around, target=targets, n_steps=_STEPS, internal_batch_size=4 * _BATCH
    )
    side = max(3, 2 * (min(pictures.shape[2:]) // 28) + 1)
    summed = found.detach().sum(dim=1, keepdim=True)
    return nn.functional.avg_pool2d(summed, side, stride=1, padding=side // 2)[:, 0].clamp(min=0).float()
