from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from dlpipe.core.errors import DlpipeError
from dlpipe.train.augment import DEFAULT, Augmenter, mistake
from tests.trainable import config_of

PICTURE = np.random.default_rng(0).integers(0, 256, (48, 48, 3), dtype=np.uint8)


def test_the_default_can_be_made_and_changes_pictures_a_little() -> None:
    assert mistake(DEFAULT) == ""
    augmenter = Augmenter(DEFAULT, 0)
    changed = [augmenter(PICTURE, 0, sample) for sample in range(20)]
    assert all(picture.shape == PICTURE.shape and picture.dtype == np.uint8 for picture in changed)
    assert len({picture.tobytes() for picture in changed}) > 15


def test_the_same_arguments_give_the_same_picture_in_any_augmenter() -> None:
    first, second = Augmenter(DEFAULT, 5), Augmenter(DEFAULT, 5)
    for sample in range(8):
        second(PICTURE, 9, sample)
    assert np.array_equal(first(PICTURE, 2, 3), second(PICTURE, 2, 3))
    assert not np.array_equal(first(PICTURE, 2, 3), Augmenter(DEFAULT, 6)(PICTURE, 2, 3))


def test_transforms_draw_independently() -> None:
    """Albumentations' own seeding gives all transforms of a pipeline the same numbers."""
    augmenter = Augmenter({"HorizontalFlip": {"p": 0.5}, "VerticalFlip": {"p": 0.5}}, 0)
    corner = np.zeros((4, 4, 3), dtype=np.uint8)
    corner[0, 0] = 255
    seen = {tuple(np.argwhere(augmenter(corner, 0, sample)[:, :, 0])[0]) for sample in range(64)}
    assert seen == {(0, 0), (0, 3), (3, 0), (3, 3)}


@pytest.mark.parametrize(
    ("asked", "said"),
    (
        ({"HorizontalFlop": {}}, "did you mean 'HorizontalFlip'"),
        ({"Affine": {"rotat": 5}}, "'rotat' are not valid for transform Affine"),
        ({"HorizontalFlip": {"p": 3}}, "less than or equal to 1"),
        ({"Affine": {"rotate": "much"}}, "Affine: "),
    ),
)
def test_a_mistake_is_told(asked: dict[str, dict[str, object]], said: str) -> None:
    assert said in mistake(asked)
    with pytest.raises(ValidationError, match=said.split(maxsplit=1)[0]):
        config_of(augment=asked)


def test_a_transform_that_changes_the_size_is_refused() -> None:
    with pytest.raises(DlpipeError, match="turns"):
        Augmenter({"Resize": {"height": 24, "width": 24}}, 0)(PICTURE, 0, 0)


def test_another_distribution_of_that_name_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dlpipe.train.augment.version", lambda _name: "2.1.0")
    with pytest.raises(DlpipeError, match="another licence"):
        mistake({"HorizontalFlip": {}})
