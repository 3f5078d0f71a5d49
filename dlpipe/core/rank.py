"""Which process of a distributed run this is.

Lightning starts each further rank by executing the whole command again, torchrun and SLURM start all of them; so the
rank is read from the environment before anything else happens. Lock, input checks, publication, status, MLflow and
output belong to rank 0 alone.
"""

from __future__ import annotations

import os

_RANK_VARIABLES = ("RANK", "SLURM_PROCID", "LOCAL_RANK")


def rank() -> int:
    """The global rank of this process; 0 where nothing is distributed."""
    for variable in _RANK_VARIABLES:
        value = os.environ.get(variable, "")
        if value.isdecimal():
            return int(value)
    return 0


def is_main_rank() -> bool:
    """Whether this process is rank 0."""
    return rank() == 0


def is_launched() -> bool:
    """Whether torchrun or srun started this process (and not a person, DVC or Lightning)."""
    steps = "SLURM_STEP_ID" in os.environ and int(os.environ.get("SLURM_NTASKS", "1")) > 1
    return "TORCHELASTIC_RUN_ID" in os.environ or steps
