"""The one function that turns a picture's bytes into pixels. Pillow's mistakes are silent and its errors are many.

* Only formats that are asked for are tried, by content. Their decoders see nothing else.
* 16 bits a channel are scaled to 8 (the high byte), never clipped. Transparent pixels lie over white. CMYK is converted
  without its profile. 1-bit, grey, palette and YCbCr become RGB. 32-bit grey has no known range and is refused.
* EXIF orientation is applied once. Of several frames the first is taken.
"""

from __future__ import annotations

import io
import re
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, UnidentifiedImageError

from dlpipe.modalities import UnreadableError
from dlpipe.modalities.pictures import kinds, png
from dlpipe.modalities.pictures.metadata import private

if TYPE_CHECKING:
    from collections.abc import Sequence

_LONGEST_SIDE = 30_000
_SCALES = (8, 4, 2)
"""By which a JPEG can be decoded smaller: its blocks are of 8 x 8 pixels."""
_ORIENTATION = 0x0112
_SWAPS_SIDES = 5
_ADDRESS = re.compile(r" at 0x[0-9a-f]+")  # would make two runs' tables differ
_WHITE = (255, 255, 255, 255)

warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")  # damaged EXIF: the facts say so
warnings.filterwarnings("error", category=Image.DecompressionBombWarning)


def decode(
    content: bytes, formats: Sequence[str], max_pixels: int, least_px: int | None = None
) -> tuple[np.ndarray[Any, Any], dict[str, Any]]:
    """Shape (H, W, 3) uint8 RGB, and what the file says of itself.

    With `least_px` a JPEG comes smaller where its longer side keeps at least so many pixels, a plain PNG comes from a faster
    decoder (`dlpipe.modalities.pictures.png`), and the three channels of grey may be one, read-only; facts stay the same.

    The facts are `width` and `height` of the upright picture, `mode` (Pillow's word), `format`, `num_bytes`,
    `orientation` (EXIF; 1 is upright, or a TIFF, which Pillow turns; 0 where the EXIF block is damaged), `several_frames`,
    `transparent`, and `private`: what its metadata say of people and places, by kind.

    Raises:
        UnreadableError: with reason `empty`, `wrong_format`, `truncated`, `damaged`, `too_many_pixels` or `unsupported`.
    """
    if not content:
        raise UnreadableError("empty", "the file holds no bytes")
    try:
        return _by_either(content, formats, max_pixels, least_px)
    except (UnreadableError, MemoryError):
        raise
    except UnidentifiedImageError as error:
        raise _unidentified(content, formats) from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_many(max_pixels) from error
    except Exception as error:  # Pillow raises seven and more classes on damaged files
        raise _broken(content, error) from error


def _by_either(
    content: bytes, formats: Sequence[str], max_pixels: int, least_px: int | None
) -> tuple[np.ndarray[Any, Any], dict[str, Any]]:
    """What either of a PNG's two decoders reads is readable, or those who look and those who train would disagree.

    Pillow insists on the checksum of the packed pixels, the other one on that of the chunk they are in.
    """
    quick = least_px is not None
    try:
        return _decode(content, formats, max_pixels, least_px, quick=quick)
    except OSError:
        if quick or kinds.kind(content) != "png":
            raise
        return _decode(content, formats, max_pixels, least_px, quick=True)


def _decode(
    content: bytes, formats: Sequence[str], max_pixels: int, least_px: int | None, *, quick: bool
) -> tuple[np.ndarray[Any, Any], dict[str, Any]]:
    if Image.MAX_IMAGE_PIXELS is not None:  # Pillow's own limit, for a pipeline that allows more
        Image.MAX_IMAGE_PIXELS = max(Image.MAX_IMAGE_PIXELS, max_pixels)
    with Image.open(io.BytesIO(content), formats=[name.upper() for name in formats]) as image:
        if image.width * image.height > max_pixels or max(image.size) > _LONGEST_SIDE:
            raise _too_many(max_pixels, image.size)
        facts = {"mode": image.mode, "format": _format(image), "num_bytes": len(content)}
        facts["several_frames"] = bool(getattr(image, "is_animated", False))
        width, height = image.size
        _scale(image, least_px)
        given = png.hurry(image, content) if quick else None
        image.load()
        facts["orientation"] = _orientation(image)
        facts["transparent"] = image.has_transparency_data
        facts["private"] = ", ".join(private(image, content))
        found = _pixels(image) if given is None or facts["transparent"] else given
    pixels = _upright(_coloured(found, once=least_px is not None), facts["orientation"])
    if facts["orientation"] >= _SWAPS_SIDES:
        width, height = height, width
    return pixels, {"width": width, "height": height, **facts}


def _scale(image: Image.Image, least_px: int | None) -> None:
    """Has a JPEG decoded smaller. Its data are read all the same, so damage is found all the same."""
    if least_px is not None and image.format in {"JPEG", "MPO"}:
        scale = next((scale for scale in _SCALES if max(image.size) >= scale * least_px), 1)
        if scale > 1 and min(image.size) >= scale:
            image.draft(None, (image.width // scale, image.height // scale))  # type: ignore[arg-type] - None keeps it


def _format(image: Image.Image) -> str:
    name = (image.format or "").lower()
    return {"mpo": "jpeg"}.get(name, name)  # a camera's JPEG with further pictures behind it


def _pixels(image: Image.Image) -> np.ndarray[Any, Any]:
    """(H, W) uint8 of grey, (H, W, 3) of everything else."""
    if image.mode.startswith("I;16"):
        return (np.asarray(image) >> 8).astype(np.uint8)
    if image.mode == "L" and not image.has_transparency_data:
        return np.asarray(image)
    if image.mode in {"I", "F", "LAB"}:
        detail = f"pixels of Pillow's mode {image.mode} have no known range; save it as 8- or 16-bit grey or RGB"
        raise UnreadableError("unsupported", detail)
    if image.has_transparency_data:
        white = Image.new("RGBA", image.size, _WHITE)
        return np.array(Image.alpha_composite(white, image.convert("RGBA")).convert("RGB"))
    return np.array(image.convert("RGB"))


def _coloured(pixels: np.ndarray[Any, Any], *, once: bool) -> np.ndarray[Any, Any]:
    """(H, W) → (H, W, 3), five times as fast as Pillow's conversion; `once` without copying, for those who only look."""
    import cv2

    if pixels.ndim > 2:  # noqa: PLR2004 - height and width
        return pixels
    return np.broadcast_to(pixels[..., None], (*pixels.shape, 3)) if once else np.asarray(cv2.merge([pixels] * 3))


def _orientation(image: Image.Image) -> int:
    try:
        value = image.getexif().get(_ORIENTATION, 1)
    except Exception:  # noqa: BLE001 - the pixels are good; a damaged EXIF block is a fact, whatever Pillow makes of it
        return 0
    return value if value in range(1, 9) else 1


def _upright(pixels: np.ndarray[Any, Any], orientation: int) -> np.ndarray[Any, Any]:
    """Undoes an EXIF orientation (EXIF 2.32, tag 0x0112): 5 to 8 swap the sides, the others mirror."""
    if orientation >= _SWAPS_SIDES:
        pixels = pixels.swapaxes(0, 1)
    if orientation in {3, 4, 7, 8}:
        pixels = pixels[::-1]
    if orientation in {2, 3, 6, 7}:
        pixels = pixels[:, ::-1]
    return pixels if orientation <= 1 else np.ascontiguousarray(pixels)


def _unidentified(content: bytes, formats: Sequence[str]) -> UnreadableError:
    found = kinds.kind(content)
    if found in formats:
        return _broken(content, ValueError("its header cannot be read"))
    what = {"unknown": "its content is no known picture", "text": "its content is text"}
    said = what.get(found, f"its content is {found}")
    return UnreadableError("wrong_format", f"{said}; dataset.modality.formats has {', '.join(formats)}")


def _too_many(max_pixels: int, size: tuple[int, int] | None = None) -> UnreadableError:
    shown = f"{size[0]:,} x {size[1]:,} pixels are" if size else "it has"
    limit = f"dataset.modality.max_megapixels allows {max_pixels / 1e6:g}, a side {_LONGEST_SIDE:,}"
    return UnreadableError("too_many_pixels", f"{shown} too many; {limit}")


def _broken(content: bytes, error: Exception) -> UnreadableError:
    said = _ADDRESS.sub("", " ".join(str(error).split()))[:200] or type(error).__name__
    cut = "truncated" in said.lower() or not kinds.has_end(content, kinds.kind(content))
    return UnreadableError("truncated" if cut else "damaged", said)
