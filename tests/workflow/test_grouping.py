from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dlpipe.core.errors import DlpipeError
from dlpipe.decision import GroupRules, Rule
from dlpipe.workflow.grouping import groups_for

RULE = Rule((0.5, 0.5), 1.0, 0.0, 0.0)
RULES = GroupRules("kind", {"mono": RULE, "poly": RULE})


def test_one_value_is_that_of_all_files() -> None:
    assert groups_for(RULES, [Path("a"), Path("b")], "poly", None) == ["poly", "poly"]
    assert groups_for(None, [Path("a")], None, None) is None


def test_a_table_names_files_as_typed_or_beside_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lists").mkdir()
    table = tmp_path / "lists" / "kinds.csv"
    table.write_text(f"\ufeffnumber,path,kind\n1,shots/a.png,mono\n2,b.png,poly\n3,{tmp_path}/c.png,mono\n")
    paths = [Path("shots/a.png"), tmp_path / "lists" / "b.png", Path("c.png"), tmp_path / "shots" / "a.png"]
    assert groups_for(RULES, paths, None, table) == ["mono", "poly", "mono", "mono"]


@pytest.mark.parametrize(
    ("text", "said"),
    (
        ("path,kin\na,mono\n", "no column 'kind'; did you mean 'kin'"),
        ("file,kind\na,mono\n", "no column 'path'"),
        ("path,kind\nb,mono\n", "says no 'kind' of a"),
        ("path,kind\na,\n", "says no 'kind' of a"),
        ("path,kind\na,thin\n", "has no rule for 'thin'"),
        ("", "no column 'path'"),
    ),
)
def test_a_table_that_does_not_tell_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("kinds.csv").write_text(text)
    with pytest.raises(DlpipeError, match=said):
        groups_for(RULES, [Path("a")], None, Path("kinds.csv"))


@pytest.mark.parametrize(
    ("rules", "group", "table", "said"),
    (
        (RULES, None, None, "say which of 'mono', 'poly'"),
        (RULES, "thin", None, "no rule for 'thin'"),
        (RULES, "mono", Path("x"), "contradict one another"),
        (None, "mono", None, "decides alike for all"),
        (None, None, Path("x"), "decides alike for all"),
        (RULES, None, Path("no such.csv"), "cannot be read as CSV: No such file"),
    ),
)
def test_what_cannot_be_is_said(rules: Any, group: Any, table: Any, said: str) -> None:
    with pytest.raises(DlpipeError, match=said):
        groups_for(rules, [Path("a")], group, table)
