"""Where a backbone's weights come from. Never random ones in silence."""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING

from dlpipe.core.errors import DlpipeError
from dlpipe.core.plugin import Plugin, described

if TYPE_CHECKING:
    from torch import Tensor, nn

    from dlpipe.core.package import Package
    from dlpipe.core.project import Project
    from dlpipe.models import Model


class Weights(Plugin, package="dlpipe.weights"):
    """A source of weights for a backbone."""

    @abstractmethod
    def fill(self, backbone: nn.Module, model: Model, project: Project) -> None:
        """Puts the weights into `backbone`, which `model` has built.

        Raises:
            DlpipeError: they cannot be had (exit 4) or are not of this model.
        """

    def packages(self, model: Model) -> tuple[Package, ...]:  # noqa: ARG002 - the kind's signature
        """What `dlpipe fetch` gets for it.

        Raises:
            DlpipeError: there is none for this model (exit 4).
        """
        return ()

    def fingerprint(self, model: Model, project: Project) -> str:  # noqa: ARG002 - the kind's signature
        """A text that differs wherever the weights do."""
        packages = [package.sha256 for package in self.packages(model)]
        return json.dumps([described(self), packages], sort_keys=True)


def load(backbone: nn.Module, tensors: Mapping[str, Tensor], source: str) -> None:
    """Loads tensors whose names are the backbone's own, all of them and of the same shapes.

    Raises:
        DlpipeError: a tensor is missing, left over or of another shape.
    """
    wanted = backbone.state_dict()
    missing, left_over = wanted.keys() - tensors.keys(), tensors.keys() - wanted.keys()
    other = [name for name in wanted.keys() & tensors.keys() if wanted[name].shape != tensors[name].shape]
    for names, what in ((missing, "lacks"), (left_over, "holds more than the network:"), (other, "has other shapes:")):
        if names:
            shown = ", ".join(sorted(names)[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")  # noqa: PLR2004
            problem = f"{source} does not fit the network: it {what} {shown}"
            raise DlpipeError(problem, "name the architecture (and size of pictures) these weights were made for")
    backbone.load_state_dict(tensors, strict=True)
