from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl

from dlpipe.clean.checks import Seen
from dlpipe.clean.checks.spurious import Spurious
from tests.clean.checks.of_the_set import about, labelled
from tests.clean.evidence import sample, scene


def seen(brightness: np.ndarray, **attributes: list[str]) -> Seen:
    found = labelled({"good": len(brightness) // 2, "bad": len(brightness) // 2}, **attributes)
    return replace(found, looks=[(float(one), 1.0, 1.0, 1.0) for one in brightness])


def test_a_class_that_is_darker_is_found_in_brightness_alone() -> None:
    random = np.random.default_rng(0)
    found = about(Spurious(), seen(np.concatenate([random.normal(120, 10, 100), random.normal(85, 10, 100)])))
    assert [issue.subject for issue in found] == ["brightness"]
    assert found[0].score > 0.8
    assert found[0].reason.startswith("brightness alone predicts the class with balanced accuracy 9")
    assert found[0].reason.endswith("where chance gives 50% (p = 0.01)")


def test_attributes_and_facts_are_properties_too() -> None:
    random = np.random.default_rng(1)
    facts = pl.DataFrame({"width": [100] * 60 + [200] * 60, "mode": ["RGB"] * 120})
    found = about(Spurious(), replace(seen(random.normal(100, 9, 120), camera=["a"] * 60 + ["b"] * 60), facts=facts))
    assert {issue.subject: issue.score > 0.8 for issue in found} == {"camera": True, "width": True}


def test_what_chance_gives_is_no_telltale() -> None:
    random = np.random.default_rng(2)
    for _ in range(10):
        found = about(Spurious(), seen(random.normal(100, 10, 80)))
        assert not [issue for issue in found if issue.score >= 0.5]


def test_what_a_picture_measures() -> None:
    check = Spurious()
    grey, red = np.full((50, 50, 3), 90, np.uint8), np.full((50, 50, 3), (200, 0, 0), np.uint8)
    assert check.look(sample("grey", grey)) == (90, 0, 0, 0)
    assert check.look(sample("red", red))[3] == 200
    assert check.look(sample("scene", scene(1)))[2] > check.look(sample("dim", scene(1) // 3))[2] > 0
