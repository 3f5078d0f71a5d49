"""What every check must do, run over every file of the folder."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest

from dlpipe.clean.checks import Check
from dlpipe.clean.jury import Jury, Tables
from dlpipe.core.plugin import find, names, summary
from tests.clean import evidence
from tests.clean.evidence import sample, scene, seen

pytestmark = pytest.mark.usefixtures("in_this_process")
EVERY = pytest.mark.parametrize("name", names(Check))
LABELS = ("cat", "dog")


def made(name: str) -> Check:
    check = find(Check, name)()
    if check.modalities and "image" not in check.modalities:
        pytest.skip(f"{name} looks at {', '.join(check.modalities)}, there are only pictures here")
    return check


def mixed() -> list[Any]:
    """Ordinary pictures, bad ones, and copies."""
    values = [scene(number) for number in range(8)]
    odd = [
        np.zeros((96, 96, 3), np.uint8),
        np.full((96, 96, 3), 255, np.uint8),
        scene(1, 600),
        scene(2)[:2],
        scene(3)[:1, :1],
    ]
    values += [*odd, values[0], np.clip(values[1].astype(int) + 6, 0, 255).astype(np.uint8)]
    return [sample(f"{number:02}", value) for number, value in enumerate(values)]


def labels(samples: list[Any]) -> dict[str, str]:
    return {one.id: LABELS[number % 2] for number, one in enumerate(samples)}


@EVERY
def test_it_says_what_it_is_and_what_its_settings_are(name: str) -> None:
    check = find(Check, name)
    assert summary(check).endswith(".")
    assert all(field.description for field in check.model_fields.values())
    assert check().name == name


@EVERY
def test_scores_are_in_range_and_complete(name: str) -> None:
    samples = mixed()
    finding = made(name).judge(seen(made(name), samples, labels(samples)))
    assert finding.scores.shape == (len(samples),)
    assert ((finding.scores >= 0) & (finding.scores <= 1)).all()
    assert len(finding.reasons) == len(samples)
    assert all(isinstance(reason, str) for reason in finding.reasons)
    flagged = finding.scores >= made(name).threshold
    assert all(reason for reason, bad in zip(finding.reasons, flagged, strict=True) if bad), "an issue without a reason"
    if finding.partners is not None:
        ids = {one.id for one in samples}
        assert all(partner in ids for partner in finding.partners if partner is not None)


@EVERY
def test_ordinary_pictures_pass(name: str) -> None:
    samples = [sample(f"{number:02}", scene(number)) for number in range(40)]
    check = made(name)
    finding = check.judge(seen(check, samples, labels(samples)))
    assert not (finding.scores >= check.threshold).any()


@EVERY
def test_the_order_of_samples_does_not_matter(name: str) -> None:
    samples, check = mixed(), made(name)
    order = np.random.default_rng(0).permutation(len(samples))
    straight = check.judge(seen(check, samples, labels(samples)))
    shuffled = check.judge(seen(check, [samples[place] for place in order], labels(samples)))
    np.testing.assert_allclose(shuffled.scores, straight.scores[order], atol=1e-12)
    assert shuffled.reasons == [straight.reasons[place] for place in order]
    assert shuffled.about_set == straight.about_set
    if straight.partners is not None:
        assert shuffled.partners == [straight.partners[place] for place in order]


@EVERY
def test_no_samples_are_no_trouble(name: str) -> None:
    check = made(name)
    finding = check.judge(seen(check, []))
    assert len(finding.scores) == len(finding.reasons) == 0


@EVERY
def test_what_is_left_passes(name: str) -> None:
    samples, checks = mixed(), {name: made(name)}
    for _ in range(2):
        before = len(samples)
        tables = Tables(evidence.table(samples), evidence.votes(labels(samples)))
        jury = Jury(tables, evidence.evidence(samples, checks), checks)
        jury.settle(np.zeros(before, bool))
        samples = [one for one, alive in zip(samples, jury.alive, strict=True) if alive]
    assert len(samples) == before


@EVERY
def test_evidence_is_small(name: str) -> None:
    check = made(name)
    if check.looks_at_samples:
        look = check.look(sample("big", np.tile(scene(0, 100), (9, 9, 1))))
        assert (look.nbytes if isinstance(look, np.ndarray) else sys.getsizeof(look)) < 10_000
