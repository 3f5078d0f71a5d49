from __future__ import annotations

import os
import signal
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from dlpipe.core.engine import ENGINE_VARIABLE, one_start
from dlpipe.core.errors import DlpipeError
from dlpipe.core.loop import JOBS_VARIABLE
from dlpipe.similarity import closely
from dlpipe.similarity.closely import Closely
from dlpipe.similarity.moves import Candidates
from tests.holding import Held, places
from tests.similarity.changed import CHANGES, photos

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dlpipe.modalities import Place

PICTURES = [*photos(3), CHANGES["5 % at one side"](photos(3)[1])]
PAIRS = Candidates(np.array([3, 3, 3]), np.array([0, 1, 2]), np.tile([[0.95, 0, 0.05], [0, 1.0, 0]], (3, 1, 1)))
NAMES = ["a", "b", "c", "d"]
pytestmark = pytest.mark.usefixtures("in_this_process")


@dataclass(frozen=True)
class Noting(Held):
    """Notes what is read; picture c is gone."""

    pictures: Mapping[str, Any] = field(default_factory=lambda: {**dict(zip(NAMES, PICTURES, strict=True)), "c": None})
    read: list[str] = field(default_factory=list[str])

    def __call__(self, place: Place, least_px: int | None = None) -> Any:
        self.read.append(place.id)
        return super().__call__(place, least_px)


def looker(opener: Any, names: list[str] = NAMES, memory: dict[Any, float] | None = None) -> Closely:
    return Closely(names, places(names), opener, memory={} if memory is None else memory)


def test_every_picture_is_read_once_and_what_is_gone_is_no_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(JOBS_VARIABLE, "1")
    opener = Noting()
    assert (looker(opener).unlikeness(PAIRS) < 0.0025).tolist() == [False, True, False]
    assert sorted(opener.read) == NAMES


def test_what_was_looked_at_is_remembered_by_name() -> None:
    opener = Noting()
    first = looker(opener)
    values = first.unlikeness(PAIRS)
    read = list(opener.read)
    other = looker(opener, NAMES[::-1], first.memory)
    turned = Candidates(3 - PAIRS.one, 3 - PAIRS.other, PAIRS.start)
    assert other.unlikeness(turned).tolist() == values.tolist()
    assert opener.read == read


def test_processes_say_the_same_and_one_that_crashes_is_no_copy(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    pictures = dict(zip(NAMES, PICTURES, strict=True))
    here = looker(Held(pictures)).unlikeness(PAIRS)
    monkeypatch.delenv(ENGINE_VARIABLE)
    with one_start():
        assert looker(Held(pictures)).unlikeness(PAIRS).tolist() == here.tolist()
        assert looker(Crashing(pictures)).unlikeness(PAIRS).tolist() == [*here[:2], 1.0]
        assert "a closer look failed for 1 of 3 pairs, which count as no copies: it ended" in capfd.readouterr().err
        with pytest.raises(DlpipeError, match="that worked on 'd' and 'c' was killed twice"):
            looker(Crashing(pictures, deadly=signal.SIGKILL)).unlikeness(PAIRS)


@dataclass(frozen=True)
class Crashing(Held):
    """Dies of picture c."""

    deadly: signal.Signals = signal.SIGABRT

    def __call__(self, place: Place, least_px: int | None = None) -> Any:
        if place.id == "c":
            os.kill(os.getpid(), self.deadly)
        return super().__call__(place, least_px)


def test_no_more_pictures_are_kept_than_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(JOBS_VARIABLE, "1")
    here = looker(Noting()).unlikeness(PAIRS)
    monkeypatch.setattr(closely, "_KEPT", 1)
    opener = Noting()
    assert looker(opener).unlikeness(PAIRS).tolist() == here.tolist()
    assert len(opener.read) > len(NAMES)


def test_no_pairs_are_no_trouble() -> None:
    none = Candidates(np.zeros(0, np.intp), np.zeros(0, np.intp), np.zeros((0, 2, 3)))
    assert looker(Noting()).unlikeness(none).tolist() == []
