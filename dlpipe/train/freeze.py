"""Keeps the first layers of a network as they are: they see edges and textures, which hardly change and cost the most."""

from __future__ import annotations

from torch import nn

_BATCH_NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d, nn.SyncBatchNorm)


def freeze(backbone: nn.Module, share: float) -> int:
    """Freezes the first `share` of the layers that have parameters, in the order of their definition; returns how many.

    Yosinski et al., How transferable are features in deep neural networks?, NeurIPS 2014.
    """
    layers = [layer for layer in backbone.modules() if any(True for _ in layer.parameters(recurse=False))]
    frozen = layers[: round(len(layers) * share)]
    for layer in frozen:
        for parameter in layer.parameters(recurse=False):
            parameter.requires_grad = False
    return len(frozen)


def rest(module: nn.Module, *, keeps_averages: bool) -> None:
    """Lets batch normalisation keep its running averages though the network trains: in frozen layers, or everywhere."""
    for layer in module.modules():
        own = list(layer.parameters(recurse=False))
        is_frozen = bool(own) and not any(parameter.requires_grad for parameter in own)
        if is_frozen or (keeps_averages and isinstance(layer, _BATCH_NORMS)):
            layer.eval()
