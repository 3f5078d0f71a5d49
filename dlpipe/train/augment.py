"""Random changes of training pictures that do not change their label, by transforms of albumentations.

Buslaev et al., Albumentations: fast and flexible image augmentations, Information 11 (2020).
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np
from pydantic import ValidationError

from dlpipe.core.errors import DlpipeError, Exit, nearest
from dlpipe.train.keyed_rng import Keyed

Picture = np.ndarray[Any, Any]

DEFAULT: dict[str, dict[str, Any]] = {
    "HorizontalFlip": {"p": 0.5},
    "Affine": {
        "rotate": [-5, 5],
        "scale": [0.95, 1.05],
        "translate_percent": [-0.03, 0.03],
        "border_mode": 2,
        "p": 0.7,
    },
    "RandomBrightnessContrast": {"brightness_limit": 0.1, "contrast_limit": 0.1, "p": 0.7},
}
"""A mirrored, slightly turned or slightly darker picture shows the same thing in nearly every data set."""


def _library() -> Any:
    """The library, which would otherwise ask the network for a newer version when it is imported."""
    os.environ.setdefault("NO_ALBUMENTATIONS_UPDATE", "1")
    try:
        found = version("albumentationsx")
    except PackageNotFoundError:
        import albumentations

        return albumentations
    problem = f"albumentationsx {found} is installed: it has another licence (AGPL-3.0) and takes albumentations' name"
    fix = "`pip uninstall albumentationsx`, then `pip install --force-reinstall 'albumentations>=2.0,<2.1'`"
    raise DlpipeError(problem, fix, Exit.ENVIRONMENT)


def _transforms() -> dict[str, Any]:
    library = _library()
    kinds = (library.ImageOnlyTransform, library.DualTransform)
    found = {name: getattr(library, name) for name in dir(library)}
    return {
        name: value
        for name, value in found.items()
        if isinstance(value, type) and issubclass(value, kinds) and value not in kinds
    }


def mistake(asked: Mapping[str, Mapping[str, Any]]) -> str:
    """What is wrong with the setting `augment`, as a clause; empty where nothing is."""
    known = _transforms()
    for name, settings in asked.items():
        if name not in known:
            return f"albumentations has no transform '{name}': {nearest(name, known)}"
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            try:
                known[name](**settings)
            except (ValidationError, ValueError, TypeError, UserWarning) as error:
                return f"{name}: {' '.join(str(error).split())[:300]}"
    return ""


class Augmenter:
    """`augmenter(picture, epoch, sample)`: the same change for the same arguments, in any process."""

    def __init__(self, asked: Mapping[str, Mapping[str, Any]], seed: int) -> None:
        library, known = _library(), _transforms()
        self._random = Keyed(seed)
        self._compose = library.Compose([known[name](**settings) for name, settings in asked.items()])
        self._compose.set_random_state(self._random.numpy, self._random.python)

    def __call__(self, picture: Picture, epoch: int, sample: int) -> Picture:
        """A changed picture. (H, W, C) uint8 → the same shape and type.

        Raises:
            DlpipeError: a transform gave another size.
        """
        self._random.move_to(epoch, sample)
        changed = self._compose(image=picture)["image"]
        if changed.shape != picture.shape or changed.dtype != picture.dtype:
            problem = f"train.augment turns {picture.shape} {picture.dtype} into {changed.shape} {changed.dtype}"
            raise DlpipeError(problem, "leave out transforms that change size or type; dataset.modality sets the size")
        return changed
