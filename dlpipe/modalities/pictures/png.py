"""Plain PNGs faster than by Pillow, to the same pixels: by the crate `png`, which kornia-rs brings.

The crate is safe Rust. It holds Python's lock while it works, so it is for processes; many threads get on better with Pillow,
which lets go of it. Where the crate sees damage Pillow has the last word, and says what is wrong.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PIL import Image, ImageFile

if TYPE_CHECKING:
    import numpy as np

_GIVEN = "dlpipe_given"
_MODES = {"L": "mono", "RGB": "rgb"}
"""Pillow's word and the crate's for pixels of 8 bits a channel, which nothing has to be made of."""


class _Given(ImageFile.PyDecoder):
    """A decoder of Pillow's for pixels that are there already, its only argument: all else of the file it reads as ever."""

    _pulls_fd = True

    def decode(self, buffer: Image.DecoderInput) -> tuple[int, int]:  # noqa: ARG002 - Pillow's signature
        self.set_as_raw(self.args[0])
        return -1, 0


Image.register_decoder(_GIVEN, _Given)


def hurry(image: Image.Image, content: bytes) -> np.ndarray[Any, Any] | None:
    """Pixels that were decoded here, which `image.load` takes too; None where `image` is no plain PNG, or damaged.

    Args:
        image: Opened, and of a size that may be decoded.
        content: The whole file.

    Returns:
        (H, W) or (H, W, 3) uint8: before what Pillow makes of a transparent colour.
    """
    if not isinstance(image, ImageFile.ImageFile) or image.format != "PNG" or image.mode not in _MODES:
        return None
    if len(image.tile) != 1 or image.tile[0].args != image.mode or getattr(image, "is_animated", False):
        return None
    pixels = _pixels(content, image.size, _MODES[image.mode])
    if pixels is None:
        return None
    image.tile = [image.tile[0]._replace(codec_name=_GIVEN, args=(pixels.data,))]
    return pixels if pixels.shape[2] > 1 else pixels[..., 0]


def _pixels(content: bytes, size: tuple[int, int], mode: str) -> np.ndarray[Any, Any] | None:
    import kornia_rs

    try:
        return kornia_rs.io.decode_image_png_u8(content, (size[1], size[0]), mode)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException:  # noqa: BLE001 - the crate's errors are plain exceptions, a panic of Rust is not even one
        return None
