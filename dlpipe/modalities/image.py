"""Pictures: photos, scans, micrographs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, ClassVar, Literal, get_args

from pydantic import Field

from dlpipe.modalities import Modality

if TYPE_CHECKING:
    import numpy as np

Format = Literal["jpeg", "png", "webp", "bmp", "gif", "tiff"]

_SUFFIXES: dict[Format, tuple[str, ...]] = {
    "jpeg": (".jpg", ".jpeg", ".jpe", ".jfif"),
    "png": (".png",),
    "webp": (".webp",),
    "bmp": (".bmp",),
    "gif": (".gif",),
    "tiff": (".tif", ".tiff"),
}


class Image(Modality):
    """Pictures of three colours or grey, decoded to 8-bit RGB and brought to one size for the network.

    A picture is stretched to a square of `size_px`; area averaging where it shrinks (`cv2.INTER_AREA`), else linear.
    """

    layout: ClassVar[str] = "image"
    suffixes: ClassVar[tuple[str, ...]] = tuple(suffix for found in _SUFFIXES.values() for suffix in found)
    noun: ClassVar[str] = "picture"
    imports: ClassVar[tuple[str, ...]] = ("cv2", "kornia_rs", "dlpipe.modalities.pictures.decode")

    size_px: int = Field(default=224, ge=16, le=2048, description="Height and width of what the network sees.")
    formats: tuple[Format, ...] = Field(
        default=("jpeg", "png", "webp", "bmp"),
        min_length=1,
        description=f"Formats that are decoded, by content, whatever the name says: {', '.join(get_args(Format))}.",
    )
    max_megapixels: float = Field(
        default=50, gt=0, le=1000, description="Pictures of more pixels are not decoded: a bomb is small on the disk."
    )

    def decode(self, content: bytes) -> tuple[np.ndarray[Any, Any], dict[str, Any]]:
        """Shape (H, W, 3) uint8 RGB, EXIF orientation applied, and the facts of `dlpipe.modalities.pictures.decode`."""
        from dlpipe.modalities.pictures.decode import decode

        return decode(content, self.formats, int(self.max_megapixels * 1_000_000))

    def glance(self, content: bytes, least_px: int) -> tuple[np.ndarray[Any, Any], dict[str, Any]]:
        """As `decode`; a JPEG may be smaller, with `least_px` or more on its longer side."""
        from dlpipe.modalities.pictures.decode import decode

        return decode(content, self.formats, int(self.max_megapixels * 1_000_000), least_px)

    def encode(self, value: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """(H, W, 3) uint8 → (3, size_px, size_px) uint8, contiguous. Networks normalise inside."""
        import cv2
        import numpy as np

        size = self.size_px
        shrinks = value.shape[0] >= size and value.shape[1] >= size
        resized = cv2.resize(value, (size, size), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
        return np.ascontiguousarray(resized.transpose(2, 0, 1))

    @property
    def seconds(self) -> float:
        """Ten megapixels a second, and at least 5 s: a slow machine decodes 50 in a second."""
        return max(5.0, self.max_megapixels / 10)

    @property
    def example_shape(self) -> tuple[int, ...]:
        return (3, self.size_px, self.size_px)

    def facts_of_name(self, path: str, facts: Mapping[str, Any]) -> dict[str, Any]:
        """`name_agrees`: whether the ending of the name is one of the content's format."""
        return {"name_agrees": PurePosixPath(path).suffix.lower() in _SUFFIXES[facts["format"]]}
