from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlpipe.clean import pile
from dlpipe.clean.pile import Pile
from tests.clean.encodable import EVIDENCE, same


@settings(deadline=None)
@given(st.lists(EVIDENCE, max_size=12), st.sampled_from([pile._IN_MEMORY, 0]))
def test_values_come_back_as_they_were_from_memory_and_from_a_file(values: list[Any], in_memory: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pile, "_CHUNK", 4)
        patch.setattr(pile, "_IN_MEMORY", in_memory)
        made = Pile(values)
        assert len(made) == len(values)
        assert same(list(made), values)
        assert same(made.at(range(len(values))), values)
        assert sum(len(part) for part in made.parts() if part) == len(values)


@given(st.integers(0, 40), st.data())
def test_any_places_in_any_order(number: int, data: st.DataObject) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pile, "_CHUNK", 7)
        made = Pile(range(number))
        places = data.draw(st.lists(st.integers(0, number - 1))) if number else []
        assert made.at(places) == places
        made.append("more")
        assert list(made) == [*range(number), "more"]


def test_many_values_leave_memory() -> None:
    """16 MB of arrays, of which the file's first megabyte may stay."""
    import tracemalloc

    value = np.random.default_rng(0).integers(0, 255, 4096, np.uint8)
    tracemalloc.start()
    made = Pile(value.copy() for _ in range(pile._CHUNK))
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(made) == pile._CHUNK
    assert kept < 6 << 20


def test_what_evidence_may_not_be_is_refused() -> None:
    with pytest.raises(TypeError, match="evidence must be"):
        Pile([object()] * pile._CHUNK)
