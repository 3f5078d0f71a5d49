"""Pretrained weights of timm's own."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.say import say
from dlpipe.models.timm import Timm
from dlpipe.weights import Weights, load

if TYPE_CHECKING:
    from torch import nn

    from dlpipe.core.project import Project
    from dlpipe.models import Model


class HubWeights(Weights):
    """The pretrained weights that timm itself offers, fetched from its hub over the network."""

    def fill(self, backbone: nn.Module, model: Model, project: Project) -> None:  # noqa: ARG002 - the kind's signature
        timm_model = _timm_model(model)
        licence = _licence(timm_model)
        try:
            pretrained = timm_model.create(backbone.example_shape, pretrained=True)  # type: ignore[arg-type] - a Backbone
        except (OSError, RuntimeError, ValueError) as error:
            said = (str(error).splitlines() or [type(error).__name__])[0]
            problem = f"the pretrained weights of {timm_model.architecture} cannot be had from timm's hub: {said}"
            fix = "check the network (HF_ENDPOINT, HF_HOME and proxies are honoured), or use {name: package} or a file"
            raise DlpipeError(problem, fix, Exit.ENVIRONMENT) from error
        say.note(f"weights of {timm_model.architecture} from timm's hub, licence: {licence}")
        load(backbone, pretrained.state_dict(), f"timm's {timm_model.architecture}")

    def fingerprint(self, model: Model, project: Project) -> str:  # noqa: ARG002 - the kind's signature
        return f"{_timm_model(model).architecture} timm {version('timm')}"


def _timm_model(model: Model) -> Timm:
    if not isinstance(model, Timm):
        problem = f"the model '{model.name}' is not of timm, whose hub has no weights of it"
        raise DlpipeError(problem, "choose the model timm, or weights {name: random} or {name: file, path: …}")
    return model


def _licence(model: Timm) -> str:
    """The licence that timm states for these weights.

    Raises:
        DlpipeError: timm has no weights for this architecture; it would go on with random ones.
    """
    import timm

    about = timm.get_pretrained_cfg(model.architecture, allow_unregistered=False)
    if about is None or not about.has_weights:
        problem = f"timm has no pretrained weights of {model.architecture}"
        fix = "choose another architecture, or {name: random} to train it from scratch"
        raise DlpipeError(problem, fix, Exit.ENVIRONMENT)
    return about.license or "not stated"
