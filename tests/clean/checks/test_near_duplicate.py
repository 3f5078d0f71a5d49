from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from dlpipe.clean.checks.near_duplicate import NearDuplicate
from tests.clean.evidence import sample, scene, seen
from tests.similarity import changed

if TYPE_CHECKING:
    from collections.abc import Callable

    from dlpipe.clean.checks import Finding

pytestmark = pytest.mark.usefixtures("in_this_process")
CHANGES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "jpeg": lambda value: cv2.imdecode(cv2.imencode(".jpg", value, [cv2.IMWRITE_JPEG_QUALITY, 50])[1], 1),
    "half": lambda value: cv2.resize(value, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA),
    "double": lambda value: cv2.resize(value, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC),
    "brighter": lambda value: (value * 0.9 + 12).astype(np.uint8),
    "noisy": lambda value: np.clip(value + np.random.default_rng(1).normal(0, 4, value.shape), 0, 255).astype(np.uint8),
}


def judged(*values: np.ndarray) -> Finding:
    samples = [sample(f"{number:03}", value) for number, value in enumerate(values)]
    return NearDuplicate().judge(seen(NearDuplicate(), samples))


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_copy_is_found_among_others(change: str) -> None:
    scenes = [scene(number, 320) for number in range(20)]
    finding = judged(*scenes, CHANGES[change](scenes[7]))
    found = {7: 20, 20: 7}
    flagged = np.flatnonzero(finding.scores >= 0.5).tolist()
    assert len(flagged) == 1
    assert finding.partners is not None
    assert finding.partners[flagged[0]] == f"{found[flagged[0]]:03}"
    assert finding.reasons[flagged[0]] == f"a copy of {found[flagged[0]]:03}"


def test_the_larger_copy_is_kept() -> None:
    finding = judged(scene(3, 160), cv2.resize(scene(3, 160), (320, 320), interpolation=cv2.INTER_CUBIC))
    assert finding.partners == ["001", None]


def test_look_alikes_are_no_copies() -> None:
    """One scene with a mark of its own in each: hashes agree, pixels do not."""
    base = scene(5, 300)
    marked = []
    for number in range(6):
        value = base.copy()
        value[30 + 40 * number : 60 + 40 * number, 40:90] = 255 * (number % 2)
        marked.append(value)
    assert (judged(*marked).scores < 0.5).all()


def test_what_differs_by_colour_alone_is_no_copy() -> None:
    red, green = np.zeros((64, 64, 3), np.uint8), np.zeros((64, 64, 3), np.uint8)
    red[16:48, 16:48, 0] = 196
    green[16:48, 16:48, 1] = 100
    assert (judged(red, green).scores < 0.01).all()


def test_black_and_white_are_no_copies_of_one_another() -> None:
    assert (judged(np.zeros((50, 50, 3), np.uint8), np.full((50, 50, 3), 255, np.uint8)).scores < 0.5).all()


def test_equal_bytes_are_left_to_the_check_for_them() -> None:
    assert (judged(scene(1), scene(1)).scores == 0).all()


def test_every_copy_has_a_partner_that_is_kept() -> None:
    """A row of pictures, each like the next but not like the one after: only those near a kept one go."""
    start, end = scene(1, 128).astype(float), scene(2, 128).astype(float)
    steps = [np.clip(start + (end - start) * share, 0, 255).astype(np.uint8) for share in np.linspace(0, 0.3, 13)]
    finding = judged(*steps)
    flagged = finding.scores >= 0.5
    assert flagged.any()
    assert not flagged.all()
    assert finding.partners is not None
    kept = {f"{number:03}" for number in np.flatnonzero(~flagged)}
    assert all((partner in kept) == bool(bad) for partner, bad in zip(finding.partners, flagged, strict=True))


def test_many_more_than_a_block() -> None:
    values = [scene(number, 40) for number in range(150)]
    finding = judged(*values, *[CHANGES["brighter"](value) for value in values[:100:10]])
    assert finding.partners is not None
    assert np.flatnonzero(finding.scores >= 0.5).tolist() == list(range(150, 160))
    assert finding.partners[150:] == [f"{number:03}" for number in range(0, 100, 10)]


@pytest.mark.parametrize("flip", ("across", "down", "both"))
def test_mirrored_copies_are_found_and_called_so(flip: str) -> None:
    turned = {"across": np.fliplr, "down": np.flipud, "both": lambda value: value[::-1, ::-1]}[flip]
    scenes = [scene(number, 320) for number in range(20)]
    finding = judged(*scenes, (turned(scenes[4]) * 0.95).astype(np.uint8))
    assert np.flatnonzero(finding.scores >= 0.5).tolist() == [20]
    assert finding.reasons[20] == "a mirrored copy of 004"


def test_pictures_of_one_fingerprint_are_copies_unless_their_bytes_are_equal() -> None:
    """Black frames of two sizes: each is a copy of the first of the larger ones."""
    black = [np.zeros((8, 8 + number % 2, 3), np.uint8) for number in range(200)]
    finding = judged(*black)
    assert finding.partners is not None
    assert finding.partners[1] is None, "the larger one is kept"
    assert {finding.partners[number] for number in range(0, 200, 2)} == {"001"}
    assert finding.scores[3] == 0, "the same bytes"


@pytest.mark.parametrize("change", changed.CHANGES)
def test_a_cropped_or_turned_copy_is_found_and_the_larger_kept(change: str) -> None:
    photos = changed.photos(12)
    finding = judged(*photos, *[changed.CHANGES[change](photo) for photo in photos[::4]])
    flagged = np.flatnonzero(finding.scores >= 0.5).tolist()
    assert flagged == [12, 13, 14]
    assert finding.partners is not None
    assert [finding.partners[place] for place in flagged] == ["000", "004", "008"]
    assert [finding.reasons[place] for place in flagged] == [
        f"a cropped or turned copy of {number:03}" for number in (0, 4, 8)
    ]


def test_without_a_second_look_crops_stay() -> None:
    photos = changed.photos(3)
    samples = [sample(f"{k}", value) for k, value in enumerate([*photos, changed.CHANGES["5 % all round"](photos[0])])]
    check = NearDuplicate(moved=False)
    assert (check.judge(seen(check, samples)).scores < 0.5).all()


def test_pieces_that_overlap_by_half_are_no_copies() -> None:
    assert (judged(*changed.photos(14)).scores < 0.5).all()
