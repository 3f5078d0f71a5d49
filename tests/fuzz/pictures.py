"""Real pictures in every format, damaged by chance, through what `embed` and `clean` do with a file."""

from __future__ import annotations

import hashlib
import io
import random
import time
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image as Pillow

from dlpipe.clean.look import Look
from dlpipe.clean.stage import usual
from dlpipe.core.isolated import Lost, Pool
from dlpipe.core.worker import Job
from dlpipe.modalities import Opener, Place, Unreadable
from dlpipe.modalities.image import Image

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

REASONS = {"empty", "wrong_format", "truncated", "damaged", "too_many_pixels", "unsupported"}
SLOW_SECONDS = 5.0
_FORMATS = ("jpeg", "png", "webp", "bmp", "gif", "tiff")


@cache
def seeds() -> tuple[bytes, ...]:
    """Two photos in every format and several modes, with EXIF."""
    from sklearn.datasets import load_sample_images

    exif = Pillow.Exif()
    exif[0x0112], exif[0x013B] = 6, "Ann Example"
    made: list[bytes] = []
    for photo in load_sample_images().images:
        whole = Pillow.fromarray(np.asarray(photo)).resize((96, 64))
        for format_, mode in (
            *((name, mode) for name in ("JPEG", "TIFF") for mode in ("RGB", "L", "CMYK")),
            *((name, mode) for name in ("PNG", "GIF") for mode in ("RGB", "P", "L", "1")),
            *(("WEBP", "RGBA"), ("WEBP", "RGB"), ("PNG", "RGBA"), ("PNG", "LA"), ("BMP", "RGB"), ("BMP", "P")),
        ):
            stream = io.BytesIO()
            whole.convert(mode).save(stream, format_, **({} if format_ in {"BMP", "GIF"} else {"exif": exif}))
            made.append(stream.getvalue())
    return tuple(made)


def mutant(number: int) -> bytes:
    """Damage number `number`: always the same."""
    chance = random.Random(number)
    content = bytearray(chance.choice(seeds()))
    for _ in range(chance.choice((1, 1, 2, 5, 20))):
        place = chance.randrange(max(1, min(len(content), chance.choice((64, 1024, 1 << 30)))))
        match chance.randrange(6):
            case 0:
                content[place : place + 1] = bytes([content[place] ^ 1 << chance.randrange(8)]) if content else b""
            case 1:
                del content[place:]
            case 2:
                other = chance.choice(seeds())
                content[place:] = other[chance.randrange(len(other)) :]
            case 3:
                content[place : place + 4] = chance.choice((b"\xff" * 4, b"\0" * 4, b"\x7f\xff\xff\xff", b"\0\0\0\1"))
            case 4:
                del content[place : place + chance.randrange(1, 64)]
            case _:
                content[place:place] = chance.randbytes(chance.randrange(1, 64))
    return bytes(content)


@dataclass(frozen=True)
class Timed:
    """What happens to one file, and how long it takes."""

    look: Look

    def __call__(self, place: Place) -> tuple[str, float]:
        started = time.monotonic()
        seen = self.look(place)
        word = seen.reason if isinstance(seen, Unreadable) else "readable"
        return word, time.monotonic() - started


def outcomes(folder: Path, numbers: Sequence[int]) -> list[tuple[str, float]]:
    """What became of each mutant, and seconds; `crashed` or `too_slow` where it ended its worker.

    Raises:
        Exception: whatever a mutant made the code raise.
    """
    places: list[Place] = []
    for number in numbers:
        content = mutant(number)
        (folder / f"{number}").write_bytes(content)
        places.append(Place(str(number), str(number), hashlib.sha256(content).hexdigest()))
    modality = Image(formats=_FORMATS)
    checks = {name: check for name, check in usual().items() if check.looks_at_samples}
    pool = Pool(Job(Timed(Look(Opener(modality, folder), checks)), SLOW_SECONDS, modality.imports), 2)
    try:
        found: list[Any] = list(pool.results(places))
    finally:
        pool.close()
    return [(one.reason, SLOW_SECONDS) if isinstance(one, Lost) else one for one in found]
