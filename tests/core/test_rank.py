"""Which process of a distributed run this is, read from the environment alone."""

from __future__ import annotations

import pytest

from dlpipe.core.rank import is_launched, is_main_rank, rank


def test_alone_is_rank_0():
    assert rank() == 0
    assert is_main_rank()
    assert not is_launched()


@pytest.mark.parametrize("variable", ("RANK", "SLURM_PROCID", "LOCAL_RANK"))
def test_each_launcher_names_the_rank(variable: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(variable, "3")
    assert rank() == 3
    assert not is_main_rank()


def test_the_global_rank_wins_over_the_local_one(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("RANK", "4")
    monkeypatch.setenv("LOCAL_RANK", "0")
    assert rank() == 4


@pytest.mark.parametrize("value", ("", "-1", "two"))
def test_what_is_no_number_is_no_rank(value: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("RANK", value)
    assert rank() == 0


def test_torchrun_is_a_launcher(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "none")
    assert is_launched()


@pytest.mark.parametrize(("tasks", "launched"), (("1", False), ("2", True)))
def test_srun_is_a_launcher_from_two_tasks_on(tasks: str, launched: bool, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SLURM_STEP_ID", "0")
    monkeypatch.setenv("SLURM_NTASKS", tasks)
    assert is_launched() is launched


def test_a_batch_script_before_srun_is_not_launched(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SLURM_NTASKS", "8")
    monkeypatch.setenv("SLURM_PROCID", "0")
    assert not is_launched()
