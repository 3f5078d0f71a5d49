"""Defects that are put into good pictures, for benchmarks: what they are, and the folder with all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    Array = np.ndarray[Any, Any]
    Change = Callable[[Array], Array]


def _scaled(factor: float) -> Change:
    return lambda picture: np.asarray(cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA))


def _blurred(share: float) -> Change:
    """By a Gaussian of this share of the side."""
    return lambda picture: np.asarray(cv2.GaussianBlur(picture, (0, 0), share * max(picture.shape[:2])))


def _flat(noise: float) -> Change:
    def change(picture: Array) -> Array:
        grain = np.random.default_rng(0).normal(0, noise, picture.shape[:2])[:, :, None]
        return np.clip(picture.mean(axis=(0, 1)) + grain, 0, 255).astype(np.uint8)

    return change


def _strip(ratio: int) -> Change:
    return lambda picture: np.ascontiguousarray(picture[: picture.shape[0] // ratio])


def _other_colour(picture: Array) -> Array:
    """Grey becomes tinted, coloured becomes grey."""
    grey = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY))
    if (picture == grey[:, :, None]).all():
        return np.asarray(cv2.applyColorMap(grey, cv2.COLORMAP_JET))
    return np.repeat(grey[:, :, None], 3, axis=2)


def _turned(picture: Array) -> Array:
    height, width = picture.shape[:2]
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), 2, 1)
    return np.asarray(cv2.warpAffine(picture, matrix, (width, height)))


def _cropped(share: float) -> Change:
    def change(picture: Array) -> Array:
        top, left = (round(side * share) for side in picture.shape[:2])
        return np.ascontiguousarray(picture[top : picture.shape[0] - top, left : picture.shape[1] - left])

    return change


SINGLE: Mapping[str, Mapping[str, Change]] = {
    "dark": {f"x {by}": lambda picture, by=by: (picture * by).astype(np.uint8) for by in (0.15, 0.08, 0.03)},
    "bright": {
        f"x {by} from white": lambda picture, by=by: (255 - (255 - picture) * by).astype(np.uint8)
        for by in (0.15, 0.08, 0.03)
    },
    "blurry": {f"{share:.1%} of the side": _blurred(share) for share in (0.015, 0.03, 0.05)},
    "low_information": {"flat": _flat(0), "flat, noise of 2 levels": _flat(2)},
    "odd_size": {"a fifth": _scaled(0.2), "an eighth": _scaled(0.125), "six times": _scaled(6)},
    "odd_aspect": {"1 to 6": _strip(6), "1 to 12": _strip(12)},
    "odd_colour": {"coloured among grey, grey among coloured": _other_colour},
}

COPIES: Mapping[str, Mapping[str, Change | None]] = {
    "exact_duplicate": {"same bytes": None},
    "same_pixels": {"saved again as BMP": lambda picture: picture},
    "near_duplicate": {
        "JPEG of quality 40": lambda picture: np.asarray(
            cv2.imdecode(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 40])[1], cv2.IMREAD_COLOR)
        ),
        "half the size": _scaled(0.5),
        "brighter by 10 %": lambda picture: np.clip(picture * 1.1, 0, 255).astype(np.uint8),
        "mirrored": lambda picture: np.ascontiguousarray(picture[:, ::-1]),
        "turned by 2°": _turned,
        "2 % cropped at each side": _cropped(0.02),
        "5 % cropped at each side": _cropped(0.05),
        "5 % cropped, half the size": lambda picture: _scaled(0.5)(_cropped(0.05)(picture)),
    },
}


def solar_cells(raw: Path) -> list[Array]:
    """All photos of elpv, (300, 300, 3) BGR."""
    return [_read(path) for path in sorted(raw.rglob("cell*.png"))]


def _read(path: Path) -> Array:
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
    assert picture is not None, path
    return np.asarray(picture)


def pieces(size_px: int = 180, step_px: int = 60) -> list[Array]:
    """Pieces of two photos, (180, 180, 3) BGR, which overlap by two thirds at most."""
    from sklearn.datasets import load_sample_images

    whole = [np.asarray(image)[:, :, ::-1] for image in load_sample_images().images]
    return [
        np.ascontiguousarray(image[top : top + size_px, left : left + size_px])
        for image in whole
        for top in range(0, image.shape[0] - size_px, step_px)
        for left in range(0, image.shape[1] - size_px, step_px)
    ]


def planted(pictures: Sequence[Array], folder: Path, each: int) -> dict[str, tuple[str, str, str | None]]:
    """Writes pictures, `each` of every kind and strength spoilt or copied; says kind, strength and origin of those."""
    folder.mkdir()
    order = np.random.default_rng(0).permutation(len(pictures)).tolist()
    names = {place: f"{place:04}.png" for place in order}
    truth: dict[str, tuple[str, str, str | None]] = {}
    spoilt = {place: pictures[place] for place in order}
    if each:
        free = iter(order)
        for kind, strengths in SINGLE.items():
            for strength, change in strengths.items():
                for place in (next(free) for _ in range(each)):
                    spoilt[place] = change(pictures[place])
                    truth[names[place]] = (kind, strength, None)
        sources = list(free)
        wanted = [(kind, strength, change) for kind, found in COPIES.items() for strength, change in found.items()]
        for number, (kind, strength, change) in enumerate(wanted):
            for turn in range(each):
                place = sources[(number * each + turn) % len(sources)]
                name = f"copy-{number:02}-{turn:02}" + (".bmp" if kind == "same_pixels" else ".png")
                _write(folder / name, pictures[place] if change is None else change(pictures[place]))
                truth[name] = (kind, strength, names[place])
    for place, picture in spoilt.items():
        _write(folder / names[place], picture)
    return truth


def _write(path: Path, picture: Array) -> None:
    assert cv2.imwrite(str(path), picture), path
