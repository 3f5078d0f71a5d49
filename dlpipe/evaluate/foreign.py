"""Whether the model can tell what is foreign to it: other pictures by name, or made-up ones where none are named."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dlpipe.core.errors import DlpipeError
from dlpipe.core.loop import each
from dlpipe.core.say import say
from dlpipe.evaluate.foreignness import Foreignness, auroc, passing
from dlpipe.evaluate.looking import Inside, through
from dlpipe.evaluate.measuring import entry
from dlpipe.modalities import UnreadableError

if TYPE_CHECKING:
    from pathlib import Path

    from dlpipe.modalities import Modality
    from dlpipe.predictor import Predictor
    from dlpipe.statistics import Resamples

_MOST = 1000
"""Files of a foreign folder that are looked at, chosen by hash of their names."""

_MEASURES = {"auroc": auroc, "fpr_at_95_tpr": passing}


@dataclass(frozen=True)
class ForeignSet:
    """Samples that are none of the pipeline's."""

    inside: Inside
    about: dict[str, Any]
    """What they are: `kind`, `digest`, counts."""


def from_folder(name: str, folder: Path, predictor: Predictor) -> ForeignSet:
    """The readable files of a folder, of those whose names end as the modality's do.

    Raises:
        DlpipeError: there is no such folder, or nothing in it can be read (exit 2).
    """
    modality = predictor.modality
    if not folder.is_dir():
        raise DlpipeError(f"evaluate.foreign.{name}: there is no folder {folder}", "name one that is there")
    found = sorted(path for path in folder.rglob("*") if path.suffix.lower() in modality.suffixes and path.is_file())
    names = [path.relative_to(folder).as_posix() for path in found]
    order = sorted(
        range(len(found)), key=lambda at: hashlib.sha256(names[at].encode("utf-8", "surrogateescape")).digest()
    )
    chosen = [found[at] for at in sorted(order[:_MOST])]
    read = list(each(lambda path: _read(path, modality), chosen, f"foreign: {name}"))
    arrays = [array for _, array in read if array is not None]
    if not arrays:
        problem = f"evaluate.foreign.{name}: no {modality.noun} in {folder} can be read"
        raise DlpipeError(problem, f"files are known by these endings: {', '.join(modality.suffixes)}")
    digest = hashlib.sha256("".join(digest for digest, _ in read).encode()).hexdigest()
    about = {"kind": "folder", "digest": digest, "files": len(found), "unreadable": len(read) - len(arrays)}
    return ForeignSet(through(predictor, arrays), {**about, "n": len(arrays)})


def _read(path: Path, modality: Modality) -> tuple[str, NDArray[Any] | None]:
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    try:
        return digest, modality.encode(modality.decode(content)[0])
    except UnreadableError:
        return digest, None


def synthetic(encoded: NDArray[Any], predictor: Predictor, seed: int) -> dict[str, ForeignSet]:
    """Made-up sets where no foreign one is named: easy ones, which a model that is of use tells apart.

    Args:
        encoded: Some of one's own samples as the network takes them, shape (n, C, H, W) uint8.
        predictor: The exported model.
        seed: The changes follow from it.
    """
    random = np.random.default_rng(seed)
    made = {
        "synthetic_noise": random.integers(0, 256, encoded.shape, dtype=np.uint8),
        "synthetic_blur": np.stack([_blurred(one) for one in encoded]),
        "synthetic_shuffle": np.stack([_shuffled(one, random) for one in encoded]),
    }
    return {
        name: ForeignSet(through(predictor, list(arrays)), {"kind": "synthetic", "n": len(arrays)})
        for name, arrays in made.items()
    }


def _blurred(array: NDArray[Any]) -> NDArray[Any]:
    """Nothing but the coarsest shapes: a Gaussian of a tenth of the picture."""
    import cv2

    blurred = cv2.GaussianBlur(np.ascontiguousarray(array.transpose(1, 2, 0)), (0, 0), array.shape[1] / 10)
    return np.asarray(blurred).reshape(*array.shape[1:], -1).transpose(2, 0, 1)


def _shuffled(array: NDArray[Any], random: np.random.Generator) -> NDArray[Any]:
    """4 x 4 patches of the picture in another order."""
    height, width = (side // 4 for side in array.shape[1:])
    places = [(row * height, column * width) for row in range(4) for column in range(4)]
    shuffled = array.copy()
    for (top, left), to in zip(places, random.permutation(len(places)), strict=True):
        row, column = places[to]
        shuffled[:, row : row + height, column : column + width] = array[:, top : top + height, left : left + width]
    return shuffled


def measure(
    fitted: Foreignness, own: Inside, resamples: Resamples, sets: Mapping[str, ForeignSet], confidence: float
) -> dict[str, Any]:
    """The evaluation's `out_of_distribution`: by set and score, AUROC and how many pass where 95 % of one's own do.

    `own` are n test samples, over which `resamples` draws; foreign samples are drawn one by one.
    """
    say.note(f"telling {own.logits.shape[0]:,} test samples from {len(sets)} foreign sets")
    scores = fitted.scores(own)
    counts = np.stack([np.bincount(index, minlength=len(own.logits)) for index in resamples]).astype(np.float32)
    by_set: dict[str, Any] = {}
    for name, foreign in sets.items():
        others = fitted.scores(foreign.inside)
        drawn = _counts(len(foreign.inside.logits), len(counts), resamples.seed)
        by_set[name] = {
            **foreign.about,
            "scores": {one: _entries(scores[one], others[one], counts, drawn, confidence) for one in scores},
        }
    return {"n": len(own.logits), "sets": by_set}


def _counts(size: int, number: int, seed: int) -> NDArray[Any]:
    drawn = np.random.default_rng(seed).integers(0, size, (number, size))
    return np.stack([np.bincount(row, minlength=size) for row in drawn]).astype(np.float32)


def _entries(
    own: NDArray[Any], foreign: NDArray[Any], counts: NDArray[Any], drawn: NDArray[Any], confidence: float
) -> dict[str, Any]:
    once = np.ones((1, own.size), np.float32), np.ones((1, foreign.size), np.float32)
    return {
        name: entry(float(of(own, foreign, *once)[0]), of(own, foreign, counts, drawn), confidence)
        for name, of in _MEASURES.items()
    }
