from __future__ import annotations

import json
from pathlib import Path

import pytest

from dlpipe.core import champion
from dlpipe.core.champion import Champion
from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.project import Project

ONE = Champion("3", "a" * 64, "b" * 64, "c" * 64, 120, "pass", "it sees more", {"auroc": {"value": 0.9}})


@pytest.mark.parametrize("one", (None, ONE))
def test_what_was_written_is_read(tmp_path: Path, one: Champion | None) -> None:
    champion.write(tmp_path / "demo.champion.json", one)
    assert champion.read(tmp_path / "demo.champion.json") == one


def test_nobody_is_an_empty_mapping_as_init_writes_it(tmp_path: Path) -> None:
    champion.write(tmp_path / "demo.champion.json", None)
    assert (tmp_path / "demo.champion.json").read_text() == "{}\n"


@pytest.mark.parametrize("text", ('{"version": "3"}', "[]", '"3"', '{"schema_version": 9}'))
def test_what_no_dlpipe_wrote_ends_with_5_and_the_command_that_mends_it(tmp_path: Path, text: str) -> None:
    path = tmp_path / "demo.champion.json"
    path.write_text(text)
    with pytest.raises(DlpipeError) as refused:
        champion.read(path)
    assert refused.value.exit_code == Exit.INTEGRITY
    assert "dlpipe promote demo" in refused.value.fix


def test_a_field_too_many_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "demo.champion.json"
    champion.write(path, ONE)
    path.write_text(json.dumps({**json.loads(path.read_text()), "stage": "production"}))
    with pytest.raises(DlpipeError):
        champion.read(path)


def test_another_threshold_has_a_folder_of_its_own(tmp_path: Path) -> None:
    other = Champion("4", ONE.model_digest, "d" * 64, ONE.fitted_digest, 120, "pass")
    assert ONE.folder(Project(tmp_path)) != other.folder(Project(tmp_path))
