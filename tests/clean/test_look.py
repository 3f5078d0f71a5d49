from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, field

from dlpipe.clean.checks import Check
from dlpipe.clean.look import Look
from dlpipe.clean.views import LEAST_PX
from dlpipe.modalities import Place, Sample, Unreadable
from tests.clean.checks.test_every_check import made
from tests.clean.evidence import sample, scene


@dataclass
class Opening:
    """Opens one sample and remembers what it was asked for."""

    opened: Sample | Unreadable
    asked: list[tuple[Place, int | None]] = field(default_factory=list["tuple[Place, int | None]"])

    def __call__(self, place: Place, least_px: int | None = None) -> Sample | Unreadable:
        self.asked.append((place, least_px))
        return self.opened


class Full(Check):
    """Looks at every pixel."""

    def look(self, sample: Sample) -> int:
        return sample.value.size


def looked(opener: Opening, checks: dict[str, Check]) -> Unreadable | tuple[object, list[object]]:
    return Look(opener, checks)(Place("a", "a", ""))  # type: ignore[arg-type,return-value] - stands for an Opener


def test_every_check_looks_at_the_same_decode():
    opener, checks = Opening(sample("a", scene(1))), {name: made(name) for name in ("dark", "blurry")}
    found = looked(opener, checks)
    assert opener.asked == [(Place("a", "a", ""), LEAST_PX)]
    assert isinstance(found, tuple)
    assert found[1] == [check.look(sample("a", scene(1))) for check in checks.values()]


def test_one_check_that_looks_at_every_pixel_has_the_picture_in_full():
    opener = Opening(sample("a", scene(1)))
    looked(opener, {"dark": made("dark"), "full": Full()})
    looked(opener, {})
    assert [least_px for _, least_px in opener.asked] == [None, 1]


def test_what_cannot_be_decoded_is_passed_on():
    bad = Unreadable("a", "truncated", "ends early")
    assert looked(Opening(bad), {}) is bad


def test_processes_that_look_start_without_the_libraries_of_tables():
    names = ("blurry", "bright", "dark", "low_information", "near_duplicate", "odd_colour", "spurious")
    modules = ["dlpipe.clean.look", "dlpipe.modalities.image", *(f"dlpipe.clean.checks.{name}" for name in names)]
    heavy = "{'polars', 'ruamel.yaml', 'scipy', 'joblib'}"
    code = f"import sys, {', '.join(modules)}; print(sorted({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
