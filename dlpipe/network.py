"""A model and a task's last layer put together: what is trained, exported and explained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.plugin import restored
from dlpipe.models import Model
from dlpipe.tasks import Task


class Network(nn.Module):
    """A backbone and a head. x (B, *example_shape) as the modality encodes it → outputs (B, K), features (B, F)."""

    def __init__(self, backbone: nn.Module, head: nn.Module, *, several: bool = False) -> None:
        """`several`: a sample may have several of the K classes, so that each output is a question of its own."""
        super().__init__()
        self.backbone = backbone
        self.head = head
        self.several = several

    @property
    def num_features(self) -> int:
        """Length F of a feature vector."""
        return int(self.backbone.num_features)  # type: ignore[arg-type] - every model's build gives it

    def forward(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        """Logits (B, K) and features (B, F)."""
        features = self.backbone(inputs)
        return self.head(features), features


def build_network(model: Model, task: Task, num_classes: int, example_shape: Sequence[int]) -> Network:
    """A network with random weights.

    Raises:
        DlpipeError: the model cannot take samples of this shape.
    """
    backbone = model.build(example_shape)
    head = task.head(int(backbone.num_features), num_classes)  # type: ignore[arg-type] - as above
    return Network(backbone, head, several=task.several)


def read_network(described: Mapping[str, Any], weights: Path) -> Network:
    """The network that `train` wrote as `model.json` (`described`) and `weights.safetensors`, ready to infer.

    Raises:
        DlpipeError: a plug-in is missing here, or the weights are not this network's.
    """
    model, task = restored(Model, described["model"]), restored(Task, described["task"])
    network = build_network(model, task, len(described["classes"]), described["example_shape"])
    try:
        network.load_state_dict(load_file(weights), strict=True)
    except (SafetensorError, RuntimeError) as error:
        said = str(error).splitlines()[0]
        problem = f"{weights} does not fit the network that model.json beside it describes: {said}"
        raise DlpipeError(problem, "train it again with this dlpipe: `dlpipe train NAME`", Exit.INTEGRITY) from error
    return network.eval()
