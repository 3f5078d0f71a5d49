from __future__ import annotations

import numpy as np
import pytest

from dlpipe.similarity import closely
from dlpipe.similarity.closely import Closely
from dlpipe.similarity.moves import Candidates
from tests.similarity.changed import CHANGES, photos

PICTURES = [*photos(3), CHANGES["5 % at one side"](photos(3)[1])]
PAIRS = Candidates(np.array([3, 3, 3]), np.array([0, 1, 2]), np.tile([[0.95, 0, 0.05], [0, 1.0, 0]], (3, 1, 1)))


def looker(read: list[int]) -> Closely:
    def again(position: int) -> np.ndarray | None:
        read.append(position)
        return None if position == 2 else PICTURES[position]

    return Closely(["a", "b", "c", "d"], again)


def test_every_picture_is_read_once_and_what_is_gone_is_no_copy() -> None:
    read: list[int] = []
    assert (looker(read).unlikeness(PAIRS) < 0.0025).tolist() == [False, True, False]
    assert sorted(read) == [0, 1, 2, 3]


def test_what_was_looked_at_is_remembered_by_name() -> None:
    read: list[int] = []
    first = looker(read)
    values = first.unlikeness(PAIRS)
    other = Closely(["d", "c", "b", "a"], first.read, first.memory)
    turned = Candidates(3 - PAIRS.one, 3 - PAIRS.other, PAIRS.start)
    assert other.unlikeness(turned).tolist() == values.tolist()
    assert len(read) == 4


def test_a_chunk_more_or_less_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = looker([]).unlikeness(PAIRS)
    monkeypatch.setattr(closely, "_CHUNK", 1)
    assert looker([]).unlikeness(PAIRS).tolist() == whole.tolist()


def test_no_pairs_are_no_trouble() -> None:
    none = Candidates(np.zeros(0, np.intp), np.zeros(0, np.intp), np.zeros((0, 2, 3)))
    assert looker([]).unlikeness(none).tolist() == []
