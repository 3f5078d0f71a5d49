"""A sample of the hostile inputs; the benchmark `fuzz_archives` runs the thousands."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ingest.fuzzing import fuzz_archives, fuzz_tables, wrong


def test_hostile_archives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "project").mkdir()
    monkeypatch.chdir(tmp_path / "project")
    found = fuzz_archives(tmp_path, range(10_000, 10_100))
    assert wrong(found) == []
    assert found["done"] == 100
    assert found["members accepted"] > 50
    assert found["archives set aside whole"] > 10


def test_broken_label_tables(tmp_path: Path):
    found = fuzz_tables(tmp_path, range(10_000, 10_100))
    assert wrong(found) == []
    assert min(found["done"], found["refused with a fix"]) > 10
