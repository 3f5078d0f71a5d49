from __future__ import annotations

import io
from typing import TYPE_CHECKING

from rich.console import Console

from dlpipe.clean.limits import Limit
from dlpipe.clean.report import report
from dlpipe.clean.terminal import audit_table
from tests.clean.audited import audited, make_folder

if TYPE_CHECKING:
    from pathlib import Path


def test_it_fits_into_80_columns_and_says_all(tmp_path: Path):
    (make_folder(tmp_path) / "[red]x\x1b[31m\n").mkdir()
    seen = audited(tmp_path, dark={"sets_aside": False}, exact_duplicate={})
    stream = io.StringIO()
    Console(file=stream, width=80).print(audit_table(report(seen, {"dark": Limit(at_most=0)})))
    said = stream.getvalue()
    assert max(len(line) for line in said.splitlines()) <= 80
    assert "9 pictures: 7 kept, 2 set aside" in said
    assert "noted" in said
    assert "circles/black.png" in said
    assert "FAIL" in said


def test_what_concerns_the_set_has_a_table_of_its_own(tmp_path: Path):
    seen = audited(make_folder(tmp_path), dark={}, rare_class={"fewest": 5})
    stream = io.StringIO()
    Console(file=stream, width=80).print(audit_table(report(seen, {})))
    said = stream.getvalue()
    assert "about the set" in said
    assert "class 'circles' has 3 samples, fewer than 5" in said
    assert said.count("rare_class") == 2
    assert max(len(line) for line in said.splitlines()) <= 80
