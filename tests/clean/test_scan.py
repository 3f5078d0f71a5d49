from __future__ import annotations

import gc
import weakref
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from dlpipe.clean.checks import Check
from dlpipe.clean.scan import scan
from dlpipe.modalities import Sample, Unreadable


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
    """A reader that counts decodes and remembers how many decoded samples live at once."""

    length: int

    def __post_init__(self) -> None:
        self.decodes: list[int] = []
        self.alive = 0
        self.most_alive = 0

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, index: int) -> Sample | Unreadable:
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


def test_every_sample_is_decoded_once_for_all_checks():
    reader = Counting(23)
    found = scan(reader, {"one": Mean(), "two": Mean(), "blind": Blind()})  # type: ignore[arg-type] - stands for a Reader
    assert sorted(reader.decodes) == list(range(23))
    assert found.readable == [index for index in range(23) if index % 5 != 4]
    assert [sample.id for sample in found.unreadable] == ["4", "9", "14", "19"]
    assert found.looks == {"one": [float(row) for row in found.readable], "two": [float(row) for row in found.readable]}
    assert found.facts_table()["width"].to_list() == [4] * 19


def test_decoded_samples_do_not_pile_up():
    reader = Counting(3000)
    scan(reader, {"one": Mean()})  # type: ignore[arg-type] - stands for a Reader
    gc.collect()
    assert reader.alive == 0
    assert reader.most_alive < 100


def test_without_samples_or_facts_there_is_an_empty_table():
    found = scan(Counting(0), {"one": Mean()})  # type: ignore[arg-type] - stands for a Reader
    assert (found.readable, found.facts_table().height) == ([], 0)
