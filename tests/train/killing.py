"""Trainings that die at a chosen moment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dlpipe.train.keeper import Keeper

if TYPE_CHECKING:
    import pytest


class KilledError(BaseException):
    """Stands for SIGKILL: nothing may happen after it."""


def kill_after_save(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    """The process dies right after its `count`-th checkpoint."""
    save, left = Keeper._save, [count]

    def dying(*arguments: Any) -> None:
        save(*arguments)
        left[0] -= 1
        if left[0] == 0:
            raise KilledError

    monkeypatch.setattr(Keeper, "_save", dying)
