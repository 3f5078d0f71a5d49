"""A sample of damaged pictures; all 20,000 are `python -m tests.benchmarks fuzz_pictures`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.fuzz.pictures import REASONS, mutant, outcomes, seeds

if TYPE_CHECKING:
    from pathlib import Path


def test_every_damaged_picture_is_read_or_has_a_reason(tmp_path: Path):
    raw = tmp_path / "raw"
    raw.mkdir()
    found = outcomes(raw, range(300))
    assert len(found) == 300
    assert {word for word, _ in found} <= {"readable", *REASONS}
    assert {"readable", "truncated", "damaged", "wrong_format"} <= {word for word, _ in found}
    assert [path.name for path in tmp_path.iterdir()] == ["raw"]
    assert sorted(int(path.name) for path in raw.iterdir()) == list(range(300))


def test_undamaged_ones_are_read():
    assert len(seeds()) == 40
    assert mutant(7) == mutant(7)
