from __future__ import annotations

import cv2
import numpy as np
import pytest
from sklearn.datasets import load_sample_image

from dlpipe.clean.checks import Finding
from dlpipe.clean.checks.odd_colour import OddColour
from tests.clean.evidence import sample, scene, seen

CHECK = OddColour()


def grey(value: np.ndarray) -> np.ndarray:
    return np.repeat(cv2.cvtColor(value, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2)


def judged(*values: np.ndarray) -> Finding:
    return CHECK.judge(seen(CHECK, [sample(f"{number:03}", value) for number, value in enumerate(values)]))


def test_grey_among_coloured_and_the_reverse():
    coloured = [scene(number) for number in range(60)]
    found = judged(*coloured, grey(scene(0)))
    assert np.flatnonzero(found.scores >= 0.5).tolist() == [60]
    assert found.reasons[60] == "grey where 98.4% are coloured"
    found = judged(*[grey(value) for value in coloured], scene(0))
    assert np.flatnonzero(found.scores >= 0.5).tolist() == [60]
    assert found.reasons[60] == "coloured where 98.4% are grey"


def test_mixed_pictures_are_not_odd():
    assert (judged(*[scene(number) for number in range(8)], grey(scene(1)), grey(scene(2))).scores < 0.5).all()
    assert (judged(*[grey(scene(number)) for number in range(30)]).scores < 0.01).all()


@pytest.mark.parametrize("name", ("china.jpg", "flower.jpg"))
def test_a_grey_photo_that_was_saved_in_colour_is_grey(name: str):
    photo = np.asarray(load_sample_image(name))
    saved = cv2.imdecode(cv2.imencode(".jpg", grey(photo), [cv2.IMWRITE_JPEG_QUALITY, 30])[1], cv2.IMREAD_COLOR)
    assert CHECK.look(sample("a", saved)) < 6
    assert CHECK.look(sample("a", photo)) > 60
    sepia = (grey(photo) * np.array([1.0, 0.89, 0.69])).astype(np.uint8)
    assert CHECK.look(sample("a", sepia)) > 20


def test_it_is_reported_and_not_set_aside():
    assert not CHECK.sets_aside
