from __future__ import annotations

import gc
import weakref
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import polars as pl
import pytest

from dlpipe.clean import pile
from dlpipe.clean.checks import Check
from dlpipe.clean.journal import Journal
from dlpipe.clean.pile import Pile
from dlpipe.clean.scan import Evidence, scan, scan_key
from dlpipe.core.engine import ENGINE_VARIABLE
from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.modalities import Modality, Place, Sample, Unreadable
from tests.clean import crashing
from tests.clean.crashing import CRASH, HANG, Crashing

if TYPE_CHECKING:
    from pathlib import Path


class Mean(Check):
    """Brightness."""

    def look(self, sample: Sample) -> float:
        return float(sample.value.mean())


class Blind(Check):
    """Looks at nothing."""

    looks_at_samples: ClassVar[bool] = False


class Picture(np.ndarray[Any, Any]):
    """An array that can be watched until it is gone."""


@dataclass
class Counting:
    """A reader and its opener that counts decodes and remembers how many decoded samples live at once."""

    length: int
    modality: Modality = field(default_factory=Crashing)

    def __post_init__(self) -> None:
        self.opener = self
        self.places = [Place(str(index), "", "") for index in range(self.length)]
        self.decodes: list[int] = []
        self.alive = 0
        self.most_alive = 0

    def __call__(self, place: Place, least_px: int | None = None) -> Sample | Unreadable:
        index = int(place.id)
        self.decodes.append(index)
        if index % 5 == 4:
            return Unreadable(str(index), "truncated", "ends early")
        value = np.full((4, 4, 3), index % 256, np.uint8).view(Picture)
        weakref.finalize(value, self.gone)
        self.alive += 1
        self.most_alive = max(self.most_alive, self.alive)
        return Sample(str(index), value, {"width": 4})

    def gone(self) -> None:
        self.alive -= 1


@pytest.fixture
def in_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENGINE_VARIABLE, "threads")


def listed(evidence: Evidence) -> tuple[Any, ...]:
    """All of it, to be compared."""
    looks = {name: list(values) for name, values in evidence.looks.items()}
    return evidence.unreadable, evidence.readable, list(evidence.facts), looks


@pytest.mark.usefixtures("in_threads")
def test_every_sample_is_decoded_once_for_all_checks():
    reader = Counting(23)
    found = scan(reader, {"one": Mean(), "two": Mean(), "blind": Blind()})  # type: ignore[arg-type] - stands for a Reader
    assert sorted(reader.decodes) == list(range(23))
    assert found.readable == [index for index in range(23) if index % 5 != 4]
    assert [sample.id for sample in found.unreadable] == ["4", "9", "14", "19"]
    for name in ("one", "two"):
        assert list(found.looks[name]) == [float(row) for row in found.readable]
    assert found.facts_table()["width"].to_list() == [4] * 19


@pytest.mark.usefixtures("in_threads")
def test_decoded_samples_do_not_pile_up():
    reader = Counting(3000)
    scan(reader, {"one": Mean()})  # type: ignore[arg-type] - stands for a Reader
    gc.collect()
    assert reader.alive == 0
    assert reader.most_alive < 100


def test_without_samples_or_facts_there_is_an_empty_table():
    found = scan(Counting(0), {"one": Mean()})  # type: ignore[arg-type] - stands for a Reader
    assert (found.readable, found.facts_table().height) == ([], 0)


def crashing_reader(folder: Path, contents: list[bytes]) -> Any:
    import hashlib

    for number, content in enumerate(contents):
        (folder / f"{number:03}").write_bytes(content)
    names = [f"{number:03}" for number in range(len(contents))]
    digests = [hashlib.sha256(content).hexdigest() for content in contents]
    return Crashing().reader(folder, pl.DataFrame({"id": names, "path": names, "digest": digests}))


def test_a_file_that_crashes_or_hangs_its_decoder_is_unreadable_and_costs_itself_alone(tmp_path: Path):
    contents = [b"%d" % number for number in range(60)]
    contents[11], contents[40] = CRASH, HANG
    found = scan(crashing_reader(tmp_path, contents), {"length": crashing.Length()})
    said = [(sample.id, sample.reason) for sample in found.unreadable]
    assert said == [("011", "crashed"), ("040", "too_slow")]
    assert found.readable == [row for row in range(60) if row not in {11, 40}]
    assert list(found.looks["length"]) == [len(contents[row]) for row in found.readable]
    assert found.facts_table()["size"].to_list() == list(found.looks["length"])


def test_facts_are_one_table_however_they_were_kept(monkeypatch: pytest.MonkeyPatch):
    """What is unknown of the first ones, whole of the next and broken of the last, and new at the end."""
    facts: list[dict[str, Any]] = [{"a": None}, {"a": 1}, {"a": 0.5}, {"a": 2, "b": "new"}]
    whole = Evidence(facts=Pile(facts)).facts_table()
    monkeypatch.setattr(pile, "_CHUNK", 1)
    parted = Evidence(facts=Pile(facts)).facts_table()
    assert parted.to_dicts() == whole.to_dicts()
    assert parted.schema == whole.schema
    assert parted["b"].to_list() == [None, None, None, "new"]


def test_processes_see_what_threads_see(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    reader = crashing_reader(tmp_path, [b"%d" % number for number in range(99)])
    isolated = listed(scan(reader, {"length": crashing.Length()}))
    monkeypatch.setenv(ENGINE_VARIABLE, "threads")
    assert listed(scan(reader, {"length": crashing.Length()})) == isolated


def test_a_changed_file_is_still_an_error_with_its_exit_code(tmp_path: Path):
    reader = crashing_reader(tmp_path, [b"1", b"2"])
    (tmp_path / "001").write_bytes(b"3")
    with pytest.raises(DlpipeError, match="is not the file that `ingest` listed") as caught:
        scan(reader, {"length": crashing.Length()})
    assert caught.value.exit_code == Exit.INTEGRITY
    assert "fix" not in caught.value.fix


def test_a_scan_that_was_stopped_goes_on_and_ends_the_same(tmp_path: Path):
    contents = [b"%d" % number for number in range(700)]
    contents[3], contents[650] = CRASH, CRASH
    reader, checks = crashing_reader(tmp_path, contents), {"length": crashing.Length()}
    whole = listed(scan(reader, checks))
    journal = Journal(tmp_path / "journal", scan_key(reader, checks, 1))
    assert listed(scan(reader, checks, journal)) == whole
    lines = journal.path.read_bytes().splitlines(keepends=True)
    for kept in (0, 2, len(lines)):
        journal.path.write_bytes(b"".join(lines[:kept]) + b"torn")
        assert listed(scan(reader, checks, journal)) == whole


def test_what_is_known_is_not_looked_at_again(tmp_path: Path):
    reader, checks = crashing_reader(tmp_path, [b"1", b"2"]), {"length": crashing.Length()}
    journal = Journal(tmp_path / "journal", scan_key(reader, checks, 1))
    whole = listed(scan(reader, checks, journal))
    (tmp_path / "000").unlink()
    assert listed(scan(reader, checks, journal)) == whole


def test_the_key_is_that_of_samples_settings_and_version(tmp_path: Path):
    reader = crashing_reader(tmp_path, [b"1", b"2"])
    other = crashing_reader(tmp_path, [b"1", b"3"])
    checks = {"length": crashing.Length()}
    keys = [
        scan_key(reader, checks, 1),
        scan_key(other, checks, 1),
        scan_key(reader, checks, 2),
        scan_key(reader, {"length": crashing.Length(threshold=0.1)}, 1),
        scan_key(reader, {}, 1),
    ]
    assert len(set(keys)) == len(keys)
