from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.jsonl import Line, read_lines

if TYPE_CHECKING:
    from pathlib import Path


class Word(Line):
    id: str
    verdict: Literal["keep", "drop"]
    why: str = ""


def written(folder: Path, content: bytes) -> Path:
    path = folder / "words.jsonl"
    path.write_bytes(content)
    return path


def test_lines_have_their_numbers_and_blank_ones_do_not_count(tmp_path: Path):
    content = b'{"id": "a", "verdict": "keep"}\n\n  \r\n{"id": "b", "verdict": "drop", "why": "dark"}'
    assert read_lines(written(tmp_path, content), Word) == [
        (1, Word(id="a", verdict="keep")),
        (4, Word(id="b", verdict="drop", why="dark")),
    ]


def test_an_empty_file_says_nothing(tmp_path: Path):
    assert read_lines(written(tmp_path, b""), Word) == []


def test_a_missing_file_is_an_error_with_its_path(tmp_path: Path):
    with pytest.raises(DlpipeError, match=r"words\.jsonl is missing"):
        read_lines(tmp_path / "words.jsonl", Word)


@pytest.mark.parametrize(
    ("line", "said"),
    (
        (b"{'id': 1}", "is no JSON: Expecting property name"),
        (b'{"id": "a", "verdict": "keep"', "is no JSON: Expecting"),
        (b'["a"]', 'is no JSON object like {"id": …, "verdict": …}'),
        (b'{"id": "a"}', "'verdict' is missing"),
        (b'{"id": "a", "verdict": "kep"}', "verdict: input should be 'keep' or 'drop'"),
        (b'{"id": 7, "verdict": "keep"}', "id: input should be a valid string"),
        (b'{"id": "a", "verdct": "keep", "verdict": "keep"}', "unknown key 'verdct'; did you mean 'verdict'?"),
        (b'{"id": "a", "id": "b", "verdict": "keep"}', "the key 'id' stands twice"),
        (b'{"id": "\xff", "verdict": "keep"}', "is not UTF-8: byte 9"),
        (b'\xef\xbb\xbf{"id": "a", "verdict": "keep"}', "starts with a byte order mark"),
        (b'{"id": "\\ud800", "verdict": "keep"}', "half of a surrogate pair"),
        (b'{"id": NaN, "verdict": "keep"}', "id: input should be a valid string"),
        (b"[" * 200_000, "nested too deeply"),
    ),
)
def test_a_bad_line_is_said_with_its_place_and_a_fix(tmp_path: Path, line: bytes, said: str):
    path = written(tmp_path, b'{"id": "good", "verdict": "keep"}\n' + line + b"\n")
    with pytest.raises(DlpipeError) as caught:
        read_lines(path, Word)
    assert caught.value.problem.startswith(f"{path}:2: ")
    assert said in caught.value.problem
    assert 'one JSON object like {"id": …, "verdict": …}' in caught.value.fix
    assert caught.value.exit_code == Exit.INPUT


def test_all_mistakes_are_said_at_once_but_not_thousands(tmp_path: Path):
    with pytest.raises(DlpipeError) as caught:
        read_lines(written(tmp_path, b"x\n" * 1000), Word)
    lines = caught.value.problem.splitlines()
    assert lines[1].startswith(f"{tmp_path}/words.jsonl:2: ")
    assert lines[-1] == "and 980 more"
    assert len(lines) == 21


TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


@given(st.lists(st.builds(Word, id=TEXT, verdict=st.sampled_from(["keep", "drop"]), why=TEXT)))
def test_what_is_written_is_read(tmp_path_factory: pytest.TempPathFactory, words: list[Word]):
    lines = [json.dumps(word.model_dump(), ensure_ascii=number % 2 == 0) for number, word in enumerate(words)]
    path = written(tmp_path_factory.mktemp("lines"), "\n".join(lines).encode())
    assert [word for _, word in read_lines(path, Word)] == words


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused_by_the_one_error(tmp_path_factory: pytest.TempPathFactory, content: bytes):
    path = written(tmp_path_factory.mktemp("bytes"), content)
    with suppress(DlpipeError):
        assert all(line for line in read_lines(path, Word))
