from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from dlpipe.clean.journal import Journal, key_of
from dlpipe.modalities import Unreadable

if TYPE_CHECKING:
    from pathlib import Path

PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
ARRAYS = arrays.arrays(st.sampled_from([np.uint8, np.float32, np.int64, np.bool_]), arrays.array_shapes())
EVIDENCE = st.recursive(
    PLAIN | ARRAYS | st.builds(np.float64, st.floats()) | st.builds(Unreadable, st.text(), st.text(), st.text()),
    lambda inner: st.lists(inner, max_size=3) | st.tuples(inner, inner) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


def written(path: Path, results: list[Any], key: str = "key") -> Journal:
    journal = Journal(path, key)
    journal.read()
    assert len(list(journal.noting(results))) == len(results)
    return journal


def same(one: Any, other: Any) -> bool:
    """Equal in type and bits, NaN included."""
    if type(one) is not type(other):
        return False
    if isinstance(one, np.ndarray | np.generic):
        return one.dtype == other.dtype and one.shape == other.shape and one.tobytes() == other.tobytes()
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return list(one) == list(other) and all(map(same, one.values(), other.values()))
    return one == other or (one != one and other != other)  # noqa: PLR0124 - NaN


@settings(deadline=None)
@given(st.lists(EVIDENCE, max_size=8))
def test_whatever_checks_see_comes_back_as_it_was(tmp_path_factory: pytest.TempPathFactory, results: list[Any]):
    path = tmp_path_factory.mktemp("journal") / "journal.jsonl"
    written(path, results)
    assert same(Journal(path, "key").read(), results)


def test_evidence_of_another_type_is_a_bug_of_its_check(tmp_path: Path):
    with pytest.raises(TypeError, match="evidence must be numbers"):
        written(tmp_path / "journal", [object()])


def test_another_key_begins_anew(tmp_path: Path):
    written(tmp_path / "journal", [1, 2, 3])
    assert Journal(tmp_path / "journal", "other").read() == []
    assert Journal(tmp_path / "journal", "key").read() == []


def test_wherever_the_file_ends_its_whole_lines_count_and_it_goes_on(tmp_path: Path):
    path = tmp_path / "journal"
    results = list(range(600))
    written(path, results)
    content = path.read_bytes()
    known: set[int] = set()
    for size in {*range(0, len(content), 97), *range(100), len(content)}:
        path.write_bytes(content[:size])
        journal = Journal(path, "key")
        found = journal.read()
        known.add(len(found))
        assert found == results[: len(found)]
        assert len(list(journal.noting(results[len(found) :]))) == 600 - len(found)
        assert Journal(path, "key").read() == results
    assert known == {0, 256, 512, 600}


@pytest.mark.parametrize("place", (5, 40, 200, 1500))
def test_a_damaged_line_and_all_behind_it_are_looked_at_again(tmp_path: Path, place: int):
    path = tmp_path / "journal"
    written(path, list(range(600)))
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)
    assert Journal(path, "key").read() == ([] if place < 1000 else list(range(256)))


def test_what_was_passed_on_is_written_down_when_its_reader_stops(tmp_path: Path):
    """The chunk under way is lost, not those before it."""
    journal = Journal(tmp_path / "journal", "key")
    journal.read()
    results = journal.noting(range(1000))
    for result in results:
        if result == 700:
            break
    results.close()  # type: ignore[attr-defined] - a generator
    assert Journal(tmp_path / "journal", "key").read() == list(range(512))


def test_keys_follow_from_all_parts():
    keys = {key_of(1, ["a"]), key_of(2, ["a"]), key_of(1, ["b"]), key_of(1, "a"), key_of()}
    assert len(keys) == 5
    assert key_of({"a": 1, "b": 2}) == key_of({"b": 2, "a": 1})
