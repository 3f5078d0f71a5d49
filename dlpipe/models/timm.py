"""Image networks of the library timm (PyTorch Image Models), more than a thousand architectures."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field, field_validator
from pydantic_core import PydanticCustomError

from dlpipe.core.errors import DlpipeError, nearest
from dlpipe.models import Model

if TYPE_CHECKING:
    from torch import nn

_REGISTERED = re.compile(r"^@register_model\ndef (\w+)\(", re.MULTILINE)


@cache
def architectures() -> frozenset[str]:
    """Names of timm's architectures, read from its sources: 50 ms instead of the seconds its import takes."""
    spec = find_spec("timm")
    if spec is None or spec.origin is None:
        raise DlpipeError("the library timm is not installed", "install dlpipe with its dependencies")
    sources = sorted(Path(spec.origin).with_name("models").glob("*.py"))
    return frozenset(name for path in sources for name in _REGISTERED.findall(path.read_text(encoding="utf-8")))


def _is_known(architecture: str) -> bool:
    name = architecture.partition(".")[0]
    if name in architectures():
        return True
    import timm  # its sources may be written otherwise one day: it has the last word

    return timm.is_model(name)


class Timm(Model):
    """Any image architecture of timm by its name, CNN or transformer, without its classifier.

    Wightman, PyTorch Image Models, 2019, doi:10.5281/zenodo.4414861.
    """

    layout: ClassVar[str] = "image"

    architecture: str = Field(description="timm's name for it, as `resnet18`; `resnet18.a1_in1k` chooses hub weights.")
    drop_rate: float = Field(default=0, ge=0, lt=1, description="Share of features dropped before the last layer.")
    drop_path_rate: float = Field(default=0, ge=0, lt=1, description="Share of residual branches skipped in training.")

    @field_validator("architecture")
    @classmethod
    def _exists(cls, value: str) -> str:
        if not _is_known(value):
            problem = f"timm has no architecture '{value}'"
            close = nearest(value, architectures())
            hint = close if close.startswith("did") else "see `python -c 'import timm; print(timm.list_models())'`"
            raise PydanticCustomError("architecture", "{problem}", {"problem": f"{problem}: {hint}"})
        return value

    def build(self, example_shape: Sequence[int]) -> nn.Module:
        return self.create(example_shape, pretrained=False)

    def create(self, example_shape: Sequence[int], *, pretrained: bool) -> nn.Module:
        """The network for pictures of this shape; `pretrained` fetches timm's own weights from its hub.

        Raises:
            DlpipeError: the architecture does not take this size of picture or one of the settings.
        """
        import timm

        from dlpipe.models.layers.backbone import Backbone

        try:
            settings = self._arguments(example_shape)
            net = timm.create_model(self.architecture, pretrained=pretrained, num_classes=0, **settings)
            num_features = _num_features(net, example_shape)
        except (AssertionError, RuntimeError, TypeError, ValueError) as error:
            if pretrained:
                raise
            raise self._refusal(example_shape, error) from error
        about: dict[str, Any] = vars(net)["pretrained_cfg"]
        mean, std = (_per_channel(about[key], example_shape[0]) for key in ("mean", "std"))
        return Backbone(net, num_features, example_shape, mean, std)

    def _arguments(self, example_shape: Sequence[int]) -> dict[str, Any]:
        """What `timm.create_model` is to be told; only what differs from its defaults, as not all take everything."""
        import timm

        channels, *size = example_shape
        given = {"drop_rate": self.drop_rate, "drop_path_rate": self.drop_path_rate}
        settings: dict[str, Any] = {key: value for key, value in given.items() if value}
        about = timm.get_pretrained_cfg(self.architecture, allow_unregistered=True)
        if about is not None and about.fixed_input_size:
            settings["img_size"] = tuple(size)
        return {"in_chans": channels, **settings}

    def _refusal(self, example_shape: Sequence[int], error: Exception) -> DlpipeError:
        size = " x ".join(str(length) for length in example_shape)
        said = (str(error).splitlines() or [type(error).__name__])[0]
        problem = f"timm's {self.architecture} cannot be built with {self.model_dump()} for pictures of {size}: {said}"
        return DlpipeError(problem, "try another dataset.modality.size_px (as 224), architecture or setting")


def _num_features(net: nn.Module, example_shape: Sequence[int]) -> int:
    """Length of what the network gives for a picture; timm's own `num_features` is another for some."""
    import torch

    training = net.training
    with torch.inference_mode():
        given = net.eval()(torch.zeros(1, *example_shape))
    net.train(training)
    if given.ndim != 2:  # noqa: PLR2004 - (batch, features)
        raise ValueError(f"it gives {tuple(given.shape)} instead of one vector a picture")
    return int(given.shape[1])


def _per_channel(values: Sequence[float], channels: int) -> list[float]:
    """The three values timm states, or their average for pictures of another number of channels."""
    return list(values) if len(values) == channels else [sum(values) / len(values)] * channels
