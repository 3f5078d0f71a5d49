from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlpipe.clean.journal import Journal, key_of
from tests.clean.encodable import EVIDENCE, same

if TYPE_CHECKING:
    from pathlib import Path


def written(path: Path, results: list[Any], key: str = "key") -> Journal:
    journal = Journal(path, key)
    list(journal.read())
    assert len(list(journal.noting(results))) == len(results)
    return journal


@settings(deadline=None)
@given(st.lists(EVIDENCE, max_size=8))
def test_whatever_checks_see_comes_back_as_it_was(tmp_path_factory: pytest.TempPathFactory, results: list[Any]):
    path = tmp_path_factory.mktemp("journal") / "journal.jsonl"
    written(path, results)
    assert same(list(Journal(path, "key").read()), results)


def test_another_key_begins_anew(tmp_path: Path):
    written(tmp_path / "journal", [1, 2, 3])
    assert list(Journal(tmp_path / "journal", "other").read()) == []
    assert list(Journal(tmp_path / "journal", "key").read()) == []


def test_wherever_the_file_ends_its_whole_lines_count_and_it_goes_on(tmp_path: Path):
    path = tmp_path / "journal"
    results = list(range(600))
    written(path, results)
    content = path.read_bytes()
    known: set[int] = set()
    for size in {*range(0, len(content), 97), *range(100), len(content)}:
        path.write_bytes(content[:size])
        journal = Journal(path, "key")
        found = list(journal.read())
        known.add(len(found))
        assert found == results[: len(found)]
        assert len(list(journal.noting(results[len(found) :]))) == 600 - len(found)
        assert list(Journal(path, "key").read()) == results
    assert known == {0, 256, 512, 600}


@pytest.mark.parametrize("place", (5, 40, 200, 1500))
def test_a_damaged_line_and_all_behind_it_are_looked_at_again(tmp_path: Path, place: int):
    path = tmp_path / "journal"
    written(path, list(range(600)))
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)
    assert list(Journal(path, "key").read()) == ([] if place < 1000 else list(range(256)))


def test_what_was_passed_on_is_written_down_when_its_reader_stops(tmp_path: Path):
    """The chunk under way is lost, not those before it."""
    journal = Journal(tmp_path / "journal", "key")
    list(journal.read())
    results = journal.noting(range(1000))
    for result in results:
        if result == 700:
            break
    results.close()  # type: ignore[attr-defined] - a generator
    assert list(Journal(tmp_path / "journal", "key").read()) == list(range(512))


def test_keys_follow_from_all_parts():
    keys = {key_of(1, ["a"]), key_of(2, ["a"]), key_of(1, ["b"]), key_of(1, "a"), key_of()}
    assert len(keys) == 5
    assert key_of({"a": 1, "b": 2}) == key_of({"b": 2, "a": 1})
