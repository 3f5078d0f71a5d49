from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from dlpipe.clean.look import Look
from dlpipe.modalities import Place, Sample, Unreadable
from tests.clean.checks.test_every_check import made
from tests.clean.evidence import sample, scene

if TYPE_CHECKING:
    from dlpipe.modalities import Opener


def test_every_check_looks_at_the_same_decode():
    asked: list[Place] = []

    def opener(place: Place) -> Sample:
        asked.append(place)
        return sample(place.id, scene(1))

    checks = {name: made(name) for name in ("dark", "blurry")}
    facts, looks = Look(opener, checks)(Place("a", "a", ""))  # type: ignore[arg-type,misc] - stands for an Opener
    assert asked == [Place("a", "a", "")]
    assert facts["width"] == 96
    assert looks == [checks["dark"].look(sample("a", scene(1))), checks["blurry"].look(sample("a", scene(1)))]


def test_what_cannot_be_decoded_is_passed_on():
    bad = Unreadable("a", "truncated", "ends early")
    opener: Opener = lambda place: bad  # type: ignore[assignment] # noqa: E731 - stands for an Opener
    assert Look(opener, {})(Place("a", "a", "")) is bad


def test_processes_that_look_start_without_the_libraries_of_tables():
    names = ("blurry", "bright", "dark", "low_information", "near_duplicate", "odd_colour", "spurious")
    modules = ["dlpipe.clean.look", "dlpipe.modalities.image", *(f"dlpipe.clean.checks.{name}" for name in names)]
    heavy = "{'polars', 'ruamel.yaml', 'scipy', 'joblib'}"
    code = f"import sys, {', '.join(modules)}; print(sorted({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
