"""Whether two pictures are copies of one another: a hash finds candidates, pixels decide.

A perceptual hash alone calls look-alikes duplicates: photos of one kind of object, all taken alike, share it. So every
candidate is verified on a small grey picture that both stages of the comparison use; its evidence is about 1 KB.

Method: pHash of Zauner, "Implementation and benchmarking of perceptual image hash functions" (2010), as in the library
imagehash; verification by the structure term of SSIM (Wang et al., 2004) over the whole small picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from dlpipe.similarity.shrunk import shrunk

if TYPE_CHECKING:
    from collections.abc import Sequence

Array = np.ndarray[Any, Any]

GREY_PX = 32
COLOUR_PX = 4
_BITS = 8
"""The hash holds the signs of 8 x 8 low frequencies."""

RADIUS = 6
"""Differing bits of a candidate. Copies (JPEG quality 40, half size, exposure) differ by 4 at the 99th percentile."""

UNLIKENESS = 0.001
"""Up to which two pictures are copies: `1 - likeness`. Over elpv JPEG of quality 40 makes 0.0004 and a third of the size
0.0003 (99th percentiles); the most alike photos there of two solar cells from one machine are at 0.0017."""

_FLAT = 1.0
"""Variance, in squared grey levels, that rounding alone makes: it keeps flat pictures from matching by their noise."""

_SHIFT = 48
"""Grey levels by which the mean of a copy may differ: exposure, not another scene."""

_TINT = 24
"""Levels by which a copy's colour may differ: what is told apart by colour alone is no copy."""

_CHUNK = 1 << 12
"""Pictures, or pairs of them, whose pixels become floats at once."""


def smoothing(sigma: float) -> Array:
    """(32, 32) float32: a Gaussian of `sigma` pixels, rows summing to 1."""
    distance = np.arange(GREY_PX)[:, None] - np.arange(GREY_PX)
    weights = np.exp(-0.5 * (distance.astype(np.float64) / sigma) ** 2)
    return (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)


_SMOOTHING = smoothing(1)
"""Resizing and compression change the finest detail of the small picture most; what they leave differs 3 to 10 times less
than look-alikes do."""

_ODD, _EVEN = np.arange(4) % 2 == 1, np.arange(4) % 2 == 0
_ODD_DOWN, _ODD_ACROSS = np.outer(_ODD, _EVEN).ravel(), np.outer(_EVEN, _ODD).ravel()
"""Which of the 4 x 4 lowest frequencies (down by across) one flip turns round and the other leaves as they are."""


def fingerprint(picture: Array) -> Array:
    """A picture as 32 x 32 grey and 4 x 4 colours. (H, W, 3) uint8 → (1072,) uint8.

    One channel, (H, W), stands for three equal ones; `shrunk(picture)` has the fingerprint of the picture.
    """
    import cv2

    small = cv2.resize(shrunk(picture), (GREY_PX, GREY_PX), interpolation=cv2.INTER_AREA)
    colour = np.asarray(cv2.resize(small, (COLOUR_PX, COLOUR_PX), interpolation=cv2.INTER_AREA)).ravel()
    if picture.ndim == 2:  # noqa: PLR2004 - height and width
        return np.concatenate([np.asarray(small).ravel(), np.repeat(colour, 3)])
    return np.concatenate([np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)).ravel(), colour])


def sixteenths(found: Array) -> Array:
    """The grey levels of the picture's sixteen parts, from its fingerprint. (1072,) uint8 → (16,) uint8."""
    side = GREY_PX // 4
    summed = found[: GREY_PX * GREY_PX].reshape(4, side, 4, side).sum(axis=(1, 3), dtype=np.uint32)
    return (summed // side**2).astype(np.uint8).ravel()


def hash_of(found: Array) -> Array:
    """The perceptual hash of a picture, from its fingerprint. (1072,) uint8 → (1,) uint64."""
    return phash(found[None, : GREY_PX * GREY_PX])


@dataclass(frozen=True)
class Prints:
    """Fingerprints of n pictures, ready to be compared."""

    grey: Array
    """Shape (n, 1024) uint8."""
    tint: Array
    """Shape (n, 48) int16: colour minus its own grey."""
    hashes: Array
    """Shape (n,) uint64."""

    def __len__(self) -> int:
        return len(self.hashes)


def prints(fingerprints: Sequence[Array] | Array) -> Prints:
    """Fingerprints of n pictures, or (n, 1072), as one value."""
    area = GREY_PX * GREY_PX
    stacked = np.asarray(fingerprints, np.uint8).reshape(len(fingerprints), area + 3 * COLOUR_PX**2)
    colour = stacked[:, area:].reshape(len(stacked), COLOUR_PX**2, 3).astype(np.int16)
    tint = (colour - colour.mean(axis=2, keepdims=True).astype(np.int16)).reshape(len(stacked), 3 * COLOUR_PX**2)
    return Prints(stacked[:, :area], tint, phash(stacked[:, :area]))


def phash(grey: Array) -> Array:
    """64 signs of low frequencies against their median. (n, 1024) uint8 → (n,) uint64."""
    import cv2

    low = np.empty((len(grey), _BITS * _BITS), np.float32)
    for row, values in zip(low, grey, strict=True):
        row[:] = np.asarray(cv2.dct(values.reshape(GREY_PX, GREY_PX).astype(np.float32)))[:_BITS, :_BITS].ravel()
    ordered, half = np.sort(low, axis=1), low.shape[1] // 2
    median = (ordered[:, half - 1, None] + ordered[:, half, None]) / 2  # faster than numpy's for so few values
    return np.packbits(low > median, axis=1).view(">u8").ravel().astype(np.uint64)


def upright(pictures: Prints) -> tuple[Prints, Array]:
    """Pictures flipped so that mirror images become equal, and how each was flipped: (n,) 0 to 3.

    Bit 0 is left to right, bit 1 top to bottom. Of the low frequencies that a flip turns round, the strongest decides;
    a mirror image whose strongest two are equally strong may be missed.
    """
    turned = np.zeros(len(pictures), np.uint8)
    grey = pictures.grey.reshape(-1, GREY_PX, GREY_PX).copy()
    tint = pictures.tint.reshape(-1, COLOUR_PX, COLOUR_PX, 3).copy()
    for bit, axis, weights in ((0, 2, _ODD_ACROSS), (1, 1, _ODD_DOWN)):
        strength = _frequencies(grey) * weights
        strongest = np.take_along_axis(strength, np.abs(strength).argmax(axis=1)[:, None], axis=1)[:, 0]
        flipped = strongest < 0
        turned |= (flipped << bit).astype(np.uint8)
        grey[flipped] = np.flip(grey[flipped], axis)
        tint[flipped] = np.flip(tint[flipped], axis)
    flat = grey.reshape(len(grey), GREY_PX**2)
    return Prints(flat, tint.reshape(len(tint), 3 * COLOUR_PX**2), phash(flat)), turned


def _frequencies(grey: Array) -> Array:
    """The 4 x 4 lowest frequencies, down by across. (n, 32, 32) → (n, 16) float32."""
    place = (np.arange(GREY_PX) + 0.5) * np.pi / GREY_PX
    waves = np.cos(place[None, :] * np.arange(4)[:, None]).astype(np.float32)
    found = np.empty((len(grey), 16), np.float32)
    for start in range(0, len(grey), _CHUNK):
        part = slice(start, start + _CHUNK)
        found[part] = (waves @ grey[part].astype(np.float32) @ waves.T).reshape(-1, 16)
    return found


def likeness(pictures: Prints, i: Array, j: Array) -> Array:
    """Structural similarity of picture i[k] and j[k], at most 1; 0 where brightness or colour exclude a copy.

    Invariant to brightness and contrast. Shape (k,) float64.
    """
    values = np.zeros(len(i))
    for start in range(0, len(i), _CHUNK):
        part = slice(start, start + _CHUNK)
        values[part] = _likeness(pictures, i[part], j[part])
    return values


def _likeness(pictures: Prints, i: Array, j: Array) -> Array:
    left, right = _smooth(pictures.grey[i]), _smooth(pictures.grey[j])
    mean_left, mean_right = left.mean(axis=1), right.mean(axis=1)
    left -= mean_left[:, None]
    right -= mean_right[:, None]
    structure = (left * right).mean(axis=1) + _FLAT
    structure /= np.sqrt(((left**2).mean(axis=1) + _FLAT) * ((right**2).mean(axis=1) + _FLAT))
    tint = np.abs(pictures.tint[i] - pictures.tint[j]).max(axis=1, initial=0)
    return np.where((np.abs(mean_left - mean_right) <= _SHIFT) & (tint <= _TINT), np.maximum(structure, 0), 0)


def _smooth(grey: Array) -> Array:
    squares = grey.reshape(-1, GREY_PX, GREY_PX).astype(np.float32)
    return (_SMOOTHING @ squares @ _SMOOTHING.T).reshape(len(grey), -1).astype(np.float64)
