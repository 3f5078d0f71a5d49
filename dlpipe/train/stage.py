"""Trains a network on the training samples and keeps the weights that do best on the validation samples."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from dlpipe.core.config import Section
from dlpipe.core.errors import nearest
from dlpipe.core.plugin import Shown, make, one
from dlpipe.models import Model
from dlpipe.train.objectives import Objective
from dlpipe.weights import Weights

if TYPE_CHECKING:
    from dlpipe.core.stage import Inputs, Summary

VERSION = 1

Transforms = dict[str, dict[str, Any]]


class EarlyStopping(Section):
    """When a training ends before its last epoch."""

    patience: int = Field(default=4, ge=1, description="Epochs without a better value of `monitor` before it stops.")


class Config(Section):
    """The `train` section of a pipeline file."""

    model: Annotated[Shown[Model], one(Model)] = Field(
        default_factory=lambda: make(Model, "timm", {"architecture": "tf_efficientnet_lite0"}),
        description="The network without its last layer.",
    )
    weights: Annotated[Shown[Weights], one(Weights)] = Field(
        default_factory=lambda: make(Weights, "package", {}), description="Where its first weights come from."
    )
    objective: Annotated[Shown[Objective], one(Objective)] = Field(
        default_factory=lambda: make(Objective, "supervised", {}), description="What training minimises."
    )
    head_start: Literal["auto", "linear_probe", "none"] = Field(
        default="auto",
        description="linear_probe: the last layer starts as logistic regression on the first weights' features; "
        "auto: so unless these are random.",
    )
    epochs: int = Field(default=8, ge=1, description="How often every training sample is shown.")
    batch_size: int = Field(default=32, ge=1, description="Samples a step, over all devices together.")
    learning_rate: float = Field(default=3e-4, gt=0, description="Highest learning rate.")
    backbone_rate: float = Field(default=1.0, ge=0, description="Learning rate of all but the last layer, as a factor.")
    frozen_share: float = Field(
        default=0.0, ge=0, le=1, description="Share of the backbone's layers, from its input on, that stay as they are."
    )
    batch_norm: Literal["auto", "keep", "update"] = Field(
        default="auto",
        description="keep: normalisation uses the first weights' running averages, so that no sample depends on its "
        "batch and few samples do not spoil them; update: it follows the batches; auto: keep unless these are random.",
    )
    weight_decay: float = Field(default=0.01, ge=0, description="Decay of weights a step, times the learning rate.")
    warmup_share: float = Field(default=0.1, ge=0, lt=1, description="Share of all steps in which the rate rises.")
    label_smoothing: float = Field(default=0.0, ge=0, lt=1, description="Share of each target given to all classes.")
    class_weights: Literal["none", "balanced"] = Field(
        default="none", description="balanced: every class weighs the same, however many samples it has."
    )
    groups: list[str] = Field(
        default=[],
        description="Attributes whose values make the groups that `group_balance` and the objective group_dro treat "
        "alike, each by label; those of dataset.groups if not said.",
    )
    group_balance: Literal["none", "sampling", "weights"] = Field(
        default="none",
        description="Every group counts the same for every label: sampling shows rare ones more often, weights makes "
        "them weigh more. It usually costs overall accuracy.",
    )
    label_doubt: Literal["ignore", "weight", "soft_target"] = Field(
        default="ignore",
        description="What label_confidence does: nothing, weigh the sample, or give the rest to the other classes.",
    )
    augment: Transforms | None = Field(
        default=None,
        description="Transforms of albumentations by name; {} for none. Default: flip, small turn, brightness.",
    )
    monitor: str = Field(
        default="auto",
        description="What the best epoch is best in; auto: val/auroc of two classes, else val/loss; "
        "of group_dro val/worst_group_loss.",
    )
    early_stopping: EarlyStopping | None = Field(default=EarlyStopping(), description="null: all epochs are trained.")
    accelerator: Literal["auto", "cpu", "gpu", "cuda", "mps"] = Field(default="auto", description="Kind of device.")
    devices: Annotated[int, Field(ge=1)] | Literal["auto"] = Field(
        default="auto", description="Devices a node; auto: all GPUs, or one CPU process."
    )
    num_nodes: int = Field(default=1, ge=1, description="Machines, started by torchrun or SLURM.")
    strategy: str = Field(default="auto", description="How devices share the work: auto, ddp, fsdp, … of Lightning.")
    precision: Literal["auto", "32-true", "bf16-mixed", "16-mixed", "bf16-true"] = Field(
        default="auto", description="auto: bf16-mixed on CUDA devices that have it, else 32-true."
    )
    num_workers: Annotated[int, Field(ge=0)] | Literal["auto"] = Field(
        default="auto", description="Processes a device that prepare batches; auto: none where the CPU trains."
    )
    cache: Literal["auto", "memory", "none"] = Field(
        default="auto", description="Whether decoded samples are kept in memory; auto: where they fit."
    )
    checkpoint_minutes: float = Field(
        default=10, ge=0, description="Minutes between checkpoints within an epoch; each epoch's end has one anyway."
    )

    @field_validator("augment")
    @classmethod
    def _known_transforms(cls, value: Transforms | None) -> Transforms | None:
        if value:
            from dlpipe.train.augment import mistake

            if problem := mistake(value):
                raise PydanticCustomError("augment", "{problem}", {"problem": problem})
        return value

    @model_validator(mode="after")
    def _known_monitor(self) -> Self:
        known = ["auto", *self.objective.measures]
        if self.monitor not in known:
            problem = f"monitor '{self.monitor}' is not measured: {nearest(self.monitor, known)}"
            raise PydanticCustomError("monitor", "{problem}", {"problem": problem})
        return self

    @model_validator(mode="after")
    def _balances_once(self) -> Self:
        if self.group_balance != "none" and self.class_weights != "none":
            raise ValueError("`group_balance` evens out labels too: take `class_weights` out")
        return self

    @property
    def is_fine_tuning(self) -> bool:
        """Whether it starts from weights that somebody trained."""
        return self.weights.name != "random"

    @property
    def keeps_averages(self) -> bool:
        """Whether batch normalisation stays as the first weights have it."""
        return self.batch_norm == "keep" or (self.batch_norm == "auto" and self.is_fine_tuning)

    @property
    def starts_with_probe(self) -> bool:
        """Whether the last layer starts as logistic regression."""
        return self.head_start == "linear_probe" or (self.head_start == "auto" and self.is_fine_tuning)


def run(config: Config, inputs: Inputs, out: Path) -> Summary:
    """Writes `weights.safetensors`, `model.json`, `run.json` and `history.csv`. Every rank of a training calls it."""
    from dlpipe.train.training import train

    return train(config, inputs, out)
