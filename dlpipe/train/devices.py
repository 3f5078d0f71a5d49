"""Which devices train, in which precision, and the Lightning trainer that drives them."""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dlpipe.core.errors import DlpipeError, Exit

if TYPE_CHECKING:
    from pathlib import Path

    import torch
    from pytorch_lightning import Callback, Trainer

    from dlpipe.train.stage import Config

_LOUD = ("pytorch_lightning", "lightning_fabric", "torchmetrics")


@contextmanager
def quiet_lightning() -> Generator[None]:
    """Lightning neither logs nor warns: dlpipe says itself what a person should know."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # importing it makes PyTorch warn
        import pytorch_lightning  # noqa: F401 # pyright: ignore[reportUnusedImport] - it sets its loggers when imported
    for name in _LOUD:
        logging.getLogger(name).setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=rf"({'|'.join(_LOUD)})(\..*)?")
        from lightning_fabric.utilities.warnings import PossibleUserWarning

        warnings.simplefilter("ignore", PossibleUserWarning)
        # said by PyTorch of how Lightning calls it
        warnings.filterwarnings("ignore", category=FutureWarning, module=r"torch(\..*)?")
        yield


@dataclass(frozen=True)
class Machine:
    """What the settings come to on this machine."""

    accelerator: str
    devices: int | str
    num_nodes: int
    strategy: str
    precision: str

    @property
    def on_cpu(self) -> bool:
        """Whether the CPU trains."""
        return self.accelerator == "cpu"

    @property
    def first_device(self) -> torch.device:
        """Where rank 0 computes before Lightning takes over."""
        import torch

        return torch.device({"cuda": "cuda:0", "mps": "mps"}.get(self.accelerator, "cpu"))


def this_machine(config: Config, environment: Mapping[str, str] = os.environ) -> Machine:
    """Takes the settings' `auto` apart.

    torchrun says itself how many processes and nodes there are; then `devices`, `num_nodes` and `strategy` follow it.

    Raises:
        DlpipeError: the kind of device asked for is not here (exit 4).
    """
    import torch

    accelerator = _accelerator(config.accelerator)
    if accelerator == "cuda":
        torch.set_float32_matmul_precision("high")  # TF32 for what stays in float32
    precision = config.precision
    if precision == "auto":
        has_bf16 = accelerator == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)
        # on CPUs bf16 trained no faster than float32 (measured with AVX-512 bf16: 1.0), so there it stays exact
        precision = "bf16-mixed" if has_bf16 else "16-mixed" if accelerator == "cuda" else "32-true"
    devices: int | str = config.devices
    if devices == "auto" and accelerator == "cpu":
        devices = 1
    if "TORCHELASTIC_RUN_ID" not in environment:
        return Machine(accelerator, devices, config.num_nodes, config.strategy, precision)
    local = int(environment.get("LOCAL_WORLD_SIZE", "1"))
    nodes = max(1, int(environment.get("WORLD_SIZE", "1")) // local)
    strategy = "ddp" if config.strategy == "auto" and local * nodes > 1 else config.strategy
    return Machine(accelerator, local, nodes, strategy, precision)


def _accelerator(asked: str) -> str:
    import torch

    has = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if asked == "auto":
        return next(name for name in has if has[name])
    wanted = ("cuda", "mps") if asked == "gpu" else (asked,)
    found = [name for name in wanted if has[name]]
    if not found:
        problem = f"train.accelerator is {asked}, but PyTorch sees no such device here"
        raise DlpipeError(problem, "set it to auto or cpu, or see `dlpipe doctor`", Exit.ENVIRONMENT)
    return found[0]


def trainer_on(machine: Machine, num_epochs: int, callbacks: Sequence[Callback], folder: Path) -> Trainer:
    """A Lightning trainer without a logger, bars and other work of its own.

    Raises:
        DlpipeError: Lightning does not know how to run like this here.
    """
    import pytorch_lightning as lightning

    from dlpipe.train.checkpoint import DurableCheckpoints

    options: dict[str, Any] = {
        "accelerator": machine.accelerator,
        "devices": machine.devices,
        "num_nodes": machine.num_nodes,
        "strategy": machine.strategy,
        "precision": machine.precision,
        "max_epochs": num_epochs,
        "callbacks": list(callbacks),
        "plugins": [DurableCheckpoints(), *_slurm()],
        "logger": False,
        "enable_progress_bar": False,
        "enable_model_summary": False,
        "num_sanity_val_steps": 0,
        "use_distributed_sampler": False,
        "benchmark": machine.accelerator == "cuda",
        "default_root_dir": str(folder),
    }
    try:
        return lightning.Trainer(**options)
    except (ValueError, RuntimeError, TypeError, lightning.utilities.exceptions.MisconfigurationException) as error:  # type: ignore[attr-defined]
        said = " ".join(str(error).split())
        problem = f"Lightning cannot train with these settings here: {said}"
        raise DlpipeError(problem, "mend train.accelerator, devices, num_nodes, strategy or precision") from error


def _slurm() -> list[Any]:
    """SLURM without Lightning's own requeueing, which saves in a signal handler: dlpipe goes on from its checkpoints."""
    from lightning_fabric.plugins.environments.slurm import SLURMEnvironment

    return [SLURMEnvironment(auto_requeue=False)] if SLURMEnvironment.detect() else []
