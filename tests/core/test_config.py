"""Pipeline files: every mistake with its file, its line and the nearest spelling, all of them at once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import Field

from dlpipe.core import config, plugin
from dlpipe.core.config import Section
from dlpipe.core.errors import DlpipeError, Exit


@pytest.fixture
def clean(kind: Any) -> type[Section]:
    class Limits(Section):
        share: float = Field(default=0.5, ge=0, le=1)

    class Clean(Section):
        """A section with everything that sections have."""

        checks: Annotated[dict[str, plugin.Shown[kind]], plugin.many(kind)] = Field(default={})
        model: Annotated[plugin.Shown[kind] | None, plugin.one(kind)] = None
        limits: Limits = Limits()
        sizes: list[int] = Field(default=[])
        workers: int = Field(default=1, ge=1)

    return Clean


@pytest.fixture
def found(tmp_path: Path, clean: type[Section]):
    """The mistakes of a file, without its path."""

    def mistakes(text: str) -> list[str]:
        path = tmp_path / "solar.yaml"
        path.write_text(text)
        document = config.read(path)
        return [line.removeprefix(str(path)) for line in config.mistakes(document, "clean", clean)]

    return mistakes


def test_a_right_section_has_no_mistakes(found: Any):
    assert found("clean:\n  checks: {blurry: {threshold: 0.1}}\n  limits: {share: 0.2}\n") == []


@pytest.mark.parametrize("text", ("clean:\n", "clean: {}\n", "clean: null\n"))
def test_an_empty_section_is_its_defaults(text: str, found: Any):
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "mistake"),
    (
        ("a: 1\nclean:\n  worker: 2\n", ":3: clean.worker: unknown setting; did you mean 'workers'?"),
        ("clean:\n  limits:\n    shore: 2\n", ":3: clean.limits.shore: unknown setting; did you mean 'share'?"),
        ("clean:\n\n  workers: 0\n", ":3: clean.workers: input should be greater than or equal to 1"),
        (
            "clean:\n  workers: many\n",
            ":2: clean.workers: input should be a valid integer, unable to parse string as an integer",
        ),
        (
            "clean:\n  checks:\n    dark: {}\n    blury: {}\n",
            ":4: clean.checks.blury: there is no check 'blury': did you mean 'blurry'?",
        ),
        (
            "clean:\n  checks:\n    blurry:\n      treshold: 0.1\n",
            ":4: clean.checks.blurry.treshold: unknown setting; did you mean 'threshold'?",
        ),
        (
            "clean:\n  checks:\n    blurry:\n      threshold: 7\n",
            ":4: clean.checks.blurry.threshold: input should be less than or equal to 1",
        ),
        (
            "clean:\n  model:\n    name: blurry\n    size: [1]\n",
            ":4: clean.model.size: unknown setting; did you mean 'sizes'?",
        ),
        ("clean:\n  sizes:\n    - 1\n    - x\n", ":4: clean.sizes.1: input should be a valid integer"),
        ("clean:\n  limits: {share: .nan}\n", ":2: clean.limits.share: input should be a finite number"),
        ("clean: []\n", ":1: clean: input should be a valid dictionary or instance of Clean"),
        ("clean: 0\n", ":1: clean: input should be a valid dictionary or instance of Clean"),
        ("other: {}\n", ": section 'clean' is missing; write `clean: {}` for its defaults"),
    ),
)
def test_a_mistake_is_one_line_with_its_place(text: str, mistake: str, found: Any):
    (line,) = found(text)
    assert line.startswith(mistake)


def test_all_mistakes_are_said_at_once_in_one_error(tmp_path: Path, clean: type[Section]):
    path = tmp_path / "solar.yaml"
    path.write_text("clean:\n  workers: 0\n  checks:\n    blurry: {threshold: 3, x: 1}\n    drak: {}\n")
    with pytest.raises(DlpipeError) as caught:
        config.section(config.read(path), "clean", clean)
    lines = [line.removeprefix(f"{path}:") for line in caught.value.problem.splitlines()]
    assert [line[:1] for line in lines] == ["4", "4", "5", "2"]
    assert caught.value.exit_code == Exit.INPUT
    assert "dlpipe check" in caught.value.fix


def test_a_section_comes_as_its_settings_class(tmp_path: Path, clean: type[Section]):
    (tmp_path / "a.yaml").write_text("clean: {workers: 3}\n")
    assert config.section(config.read(tmp_path / "a.yaml"), "clean", clean) == clean.model_validate({"workers": 3})


def test_unknown_sections_get_the_nearest_one(tmp_path: Path):
    (tmp_path / "a.yaml").write_text("clean: {}\nlable: {}\n3: {}\n")
    mistakes = config.unknown_sections(config.read(tmp_path / "a.yaml"), ["clean", "label"])
    assert mistakes[0] == f"{tmp_path / 'a.yaml'}:2: unknown section 'lable'; did you mean 'label'?"
    assert mistakes[1] == f"{tmp_path / 'a.yaml'}:3: unknown section '3'; known: clean, label"


@pytest.mark.parametrize(
    ("text", "problem"),
    (
        ("a: 1\na: 2\n", ':2: found duplicate key "a"'),
        ("a: &x 1\nb: *x\n", ":1: anchors and aliases are not read here"),
        ("a: 1\nb: !!int 3\n", ":2: tags are not read here"),
        ("a: !!python/object/apply:os.system [id]\n", ":1: tags are not read here"),
        ("a: 1\n b: 2\n", ":2: "),
        ("a: [1\n", ":2: "),
        ("- 1\n", " holds no mapping"),
        ("", " holds no mapping"),
        ("a: \x07\n", ": not YAML"),
    ),
)
def test_what_is_no_plain_mapping_is_refused_with_its_line(text: str, problem: str, tmp_path: Path):
    path = tmp_path / "a.yaml"
    path.write_text(text)
    with pytest.raises(DlpipeError) as caught:
        config.read(path)
    assert caught.value.problem.startswith(f"{path}{problem}")


def test_a_missing_file_says_how_to_make_it(tmp_path: Path):
    with pytest.raises(DlpipeError, match="is missing") as caught:
        config.read(tmp_path / "solar.yaml")
    assert caught.value.fix == "create it with `dlpipe init solar`"


def test_latin_1_is_refused_with_the_byte(tmp_path: Path):
    (tmp_path / "a.yaml").write_bytes(b"a: caf\xe9\n")
    with pytest.raises(DlpipeError, match="is not UTF-8: byte 6"):
        config.read(tmp_path / "a.yaml")


def test_a_huge_file_is_refused_unread(tmp_path: Path):
    (tmp_path / "a.yaml").write_bytes(b"a: 1\n" * 300_000)
    with pytest.raises(DlpipeError, match=r"over 1,000,000 bytes"):
        config.read(tmp_path / "a.yaml")


def test_plain_values_are_plain(tmp_path: Path):
    (tmp_path / "a.yaml").write_text('s: {i: 1, f: 1.50, t: "x", n: null, b: yes, c: true, l: [1, {d: 0x10}]}\n')
    plain = config.read(tmp_path / "a.yaml").plain("s")
    assert plain == {"i": 1, "f": 1.5, "t": "x", "n": None, "b": "yes", "c": True, "l": [1, {"d": 16}]}
    assert {type(value) for value in plain.values()} == {int, float, str, type(None), bool, list}


_SCALARS = [
    "clean",
    "checks",
    "blurry",
    "dark",
    "threshold",
    "model",
    "name",
    "limits",
    "workers",
    "1",
    "0.5",
    ".nan",
    "1e999",
    "null",
    "yes",
    "~",
    "2001-99-99",
    "0o9",
    "!!int",
    "!!python/object/apply:os.system",
    "!x",
    "<<",
    "*a",
    "&a",
    "?",
    "---",
    "...",
    "%YAML",
]
_PIECES = (": ", ":\n  ", "\n", "\n  ", "\n    ", "- ", "{", "}", "[", "]", ", ", "'", '"', "|", ">", "%", "#", " ")
_TEXTS = st.lists(st.sampled_from((*_SCALARS, *_PIECES)) | st.text(max_size=3), max_size=25).map("".join)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(text=st.one_of(_TEXTS, _TEXTS.map(lambda text: "clean: " + text), st.text()))
def test_whatever_the_file_holds_only_the_one_error_comes(text: str, tmp_path: Path, clean: type[Section]):
    path = tmp_path / "a.yaml"
    path.write_bytes(text.encode(errors="replace"))
    try:
        document = config.read(path)
        config.unknown_sections(document, ["clean"])
        config.section(document, "clean", clean)
    except DlpipeError as error:
        said = error.problem, error.fix
        assert said[0].startswith(str(path))
        assert said[1]
