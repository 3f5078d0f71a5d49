"""Pictures that are in memory and nowhere else, for tests of what reads them once more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dlpipe.modalities import Place, Sample, Unreadable
from dlpipe.modalities.image import Image

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import numpy as np


_MODALITY = Image(max_megapixels=1)


@dataclass(frozen=True)
class Held:
    """Opens pictures by the id of their place, as `dlpipe.modalities.Opener` does; None stands for one that is broken."""

    pictures: Mapping[str, np.ndarray[Any, Any] | None]
    modality: Image = _MODALITY

    def __call__(self, place: Place, least_px: int | None = None) -> Sample | Unreadable:
        value = self.pictures[place.id]
        return Unreadable(place.id, "gone", "it was here") if value is None else Sample(place.id, value)


def places(ids: Iterable[str]) -> list[Place]:
    """Where pictures of these ids lie."""
    return [Place(one, one, "") for one in ids]
