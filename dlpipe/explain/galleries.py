"""Contact sheets: each sample as the network sees it beside where it looks, with label, answer and probability."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

_SIDE = 144
_ACROSS = 4
_GAP = 12
_TEXT = 46
_HEAD = 40
_INK, _PALE, _RED = (31, 41, 55), (107, 114, 128), (185, 28, 28)


@dataclass(frozen=True)
class Tile:
    """One sample of a gallery."""

    picture: NDArray[Any]
    """(C, H, W) uint8, as the network takes it."""
    map: NDArray[Any]
    """(H, W), 0 to 1."""
    head: str
    foot: str
    is_wrong: bool


def write(title: str, tiles: Sequence[Tile], path: Path) -> None:
    """Writes one PNG; the same tiles give the same bytes."""
    from PIL import Image, ImageDraw

    across = min(_ACROSS, max(len(tiles), 1))
    down = -(-len(tiles) // across)
    width, height = 2 * _SIDE + _GAP, _SIDE + _TEXT
    sheet = Image.new("RGB", (across * (width + _GAP) + _GAP, _HEAD + max(down, 1) * (height + _GAP)), "white")
    draw = ImageDraw.Draw(sheet)
    draw.text((_GAP, _GAP), title, fill=_INK, font=_font(18, bold=True))
    if not tiles:
        draw.text((_GAP, _HEAD), "none", fill=_PALE, font=_font(13))
    for place, tile in enumerate(tiles):
        row, column = divmod(place, across)
        left, top = _GAP + column * (width + _GAP), _HEAD + row * (height + _GAP)
        sheet.paste(Image.fromarray(_sized(tile.picture)), (left, top))
        sheet.paste(Image.fromarray(overlaid(tile.picture, tile.map)), (left + _SIDE + 4, top))
        colour = _RED if tile.is_wrong else _INK
        draw.text((left, top + _SIDE + 4), _fitted(draw, tile.head, width), fill=colour, font=_font(13, bold=True))
        draw.text((left, top + _SIDE + 22), _fitted(draw, tile.foot, width), fill=_PALE, font=_font(12))
    sheet.save(path, format="PNG")


def overlaid(picture: NDArray[Any], shown: NDArray[Any]) -> NDArray[Any]:
    """A grey picture under its map. (144, 144, 3) uint8."""
    import cv2

    grey = _sized(picture).mean(axis=2, keepdims=True)
    heat = np.asarray(cv2.resize(np.ascontiguousarray(shown, dtype=np.float64), (_SIDE, _SIDE))).clip(0, 1)
    coloured = np.asarray(cv2.applyColorMap((255 * heat).astype(np.uint8), cv2.COLORMAP_INFERNO))[:, :, ::-1]
    share = 0.65 * heat[:, :, None]
    return ((1 - share) * grey + share * coloured).round().astype(np.uint8)


def _sized(picture: NDArray[Any]) -> NDArray[Any]:
    import cv2

    channels = picture if picture.shape[0] == 3 else np.repeat(picture[:1], 3, axis=0)  # noqa: PLR2004 - colours
    turned = np.ascontiguousarray(channels.transpose(1, 2, 0))
    return np.asarray(cv2.resize(turned, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA))


def _fitted(draw: Any, text: str, width: int) -> str:
    """As much of a text as there is room for; control characters are shown, not obeyed."""
    from dlpipe.core.say import printable

    words = printable(text)
    font, most = _font(13, bold=True), len(words)
    while most > 1 and draw.textlength(_cut(words, most), font=font) > width:
        most -= 1
    return _cut(words, most)


def _cut(words: str, most: int) -> str:
    return words if len(words) <= most else f"{words[: most - 1]}…"


def _font(size: int, *, bold: bool = False) -> Any:
    """DejaVu Sans as Matplotlib brings it: Pillow's own font knows few letters."""
    from pathlib import Path

    import matplotlib as mpl
    from PIL import ImageFont

    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return ImageFont.truetype(str(Path(mpl.get_data_path()) / "fonts" / "ttf" / name), size)
