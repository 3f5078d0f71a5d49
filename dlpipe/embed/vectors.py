"""Vectors by the digest of a sample's bytes: what was computed once is not computed again."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from dlpipe.core import files
from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.table import read_table
from dlpipe.encoding import Batch, EncodedSamples
from dlpipe.graph.run import Graph

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dlpipe.core.stage import Inputs
    from dlpipe.modalities import Unreadable

_FEATURES = "features"
_DIGITS = 6
_PART_BATCHES = 32
"""Batches after which vectors are kept, so that a stopped run goes on where it was."""


@dataclass(frozen=True)
class Found:
    """Vectors of all readable samples."""

    table: pl.DataFrame
    """Columns `digest` (unique) and `vector`."""
    num_computed: int
    unreadable: list[Unreadable]


def cached_vectors(backbone: Path, inputs: Inputs, samples: pl.DataFrame) -> Found:
    """Vectors of the samples, from the folder of `backbone` where they are known.

    Raises:
        DlpipeError: a vector is not finite: the weights are broken.
    """
    known = _known(backbone.parent)
    missing = samples.unique("digest", keep="first", maintain_order=True).join(known, on="digest", how="anti")
    if missing.is_empty():
        return Found(known, 0, [])
    graph = Graph(backbone.read_bytes(), backbone)
    encoded = EncodedSamples(inputs.dataset.modality, inputs.raw, missing, "embedding", isolated=True)
    digests = missing["digest"].to_numpy()
    parts = [_kept(part, backbone.parent) for part in _parts(graph, encoded, digests)]
    computed = sum(part.height for part in parts)
    return Found(_joined([known, *parts]), computed, encoded.unreadable)


def _known(folder: Path) -> pl.DataFrame:
    return _joined([read_table(path) for path in sorted(folder.glob("*.parquet"))])


def _joined(parts: list[pl.DataFrame]) -> pl.DataFrame:
    filled = [part for part in parts if part.height]
    nothing = pl.DataFrame(schema={"digest": pl.String, "vector": pl.Array(pl.Float32, 0)})
    return pl.concat(filled).unique("digest", keep="first") if filled else nothing


def _parts(graph: Graph, encoded: EncodedSamples, digests: np.ndarray[Any, Any]) -> Iterator[pl.DataFrame]:
    waiting: list[pl.DataFrame] = []
    for batch in encoded:
        waiting.append(_vectors(graph, batch, digests))
        if len(waiting) == _PART_BATCHES:
            yield pl.concat(waiting)
            waiting = []
    if waiting:
        yield pl.concat(waiting)


def _vectors(graph: Graph, batch: Batch, digests: np.ndarray[Any, Any]) -> pl.DataFrame:
    vectors = graph.over(batch.inputs)[_FEATURES].round(_DIGITS)
    if not np.isfinite(vectors).all():
        problem = "the backbone gives vectors that are not finite: its weights are broken"
        raise DlpipeError(problem, "choose other `embed.weights`", Exit.NO)
    return pl.DataFrame({"digest": digests[batch.positions], "vector": vectors})


def _kept(part: pl.DataFrame, folder: Path) -> pl.DataFrame:
    """`part`, once it is in the cache under the name of its first digest."""
    content = io.BytesIO()
    part.write_parquet(content, compression="zstd", statistics=False)
    files.write_bytes(folder / f"{part['digest'][0]}.parquet", content.getvalue())
    return part
