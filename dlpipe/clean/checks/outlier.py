"""Samples that are unlike all others, by the vectors of a pretrained network."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from pydantic import Field

from dlpipe.clean.checks import Check, Finding, Seen
from dlpipe.clean.duplicates import distinct
from dlpipe.clean.score import rising

_LIMIT = 0.5

_MANY = 20_000
"""Up to here all are compared with all, exactly; beyond, FAISS looks for neighbours in the nearest of its cells only."""

_CELLS_LOOKED_INTO = 16


class Outlier(Check):
    """Samples whose surroundings are far thinner than those of their neighbours (local outlier factor of vectors).

    Breunig et al., "LOF: identifying density-based local outliers" (2000), as in scikit-learn. Score 0.5 at a factor
    of 1.5. Equal vectors count once: copies do not make a place crowded. Above 20,000 samples neighbours are those that
    an approximate index finds (FAISS). An outlier may be the most valuable sample there is: by itself the check sets
    none aside.
    """

    sets_aside: bool = Field(default=False, description="Whether a sample with this issue leaves the table.")
    neighbours: int = Field(default=20, ge=2, description="How many neighbours a sample is compared with.")

    looks_at_samples: ClassVar[bool] = False
    uses_vectors: ClassVar[bool] = True

    def judge(self, seen: Seen) -> Finding:
        count = seen.samples.height
        if seen.vectors is None or count <= self.neighbours:
            return Finding(np.zeros(count), [""] * count)
        by_id = np.argsort(seen.samples["id"].to_numpy().astype(str), kind="stable")
        first, of = distinct(seen.vectors[by_id])
        if len(first) <= self.neighbours:
            return Finding(np.zeros(count), [""] * count)
        factor = np.empty(count)
        factor[by_id] = _factors(seen.vectors[by_id[first]], self.neighbours)[of]
        scores = rising(np.clip(factor - 1, 0, None), _LIMIT)
        reasons = [
            f"its {self.neighbours} nearest are {one:.1f} times as far as theirs" if score >= self.threshold else ""
            for one, score in zip(factor.tolist(), scores.tolist(), strict=True)
        ]
        return Finding(scores, reasons)


def _factors(vectors: np.ndarray[Any, Any], neighbours: int) -> np.ndarray[Any, Any]:
    """The local outlier factor of each vector. (n, F) → (n,)."""
    from sklearn.neighbors import LocalOutlierFactor

    if len(vectors) <= _MANY:
        model = LocalOutlierFactor(n_neighbors=neighbours)
        return -model.fit(vectors.astype(np.float64)).negative_outlier_factor_
    model = LocalOutlierFactor(n_neighbors=neighbours, metric="precomputed")
    return -model.fit(_nearest(vectors.astype(np.float32), neighbours)).negative_outlier_factor_


def _nearest(vectors: np.ndarray[Any, Any], neighbours: int) -> Any:
    """A sparse (n, n) graph: each vector's distances to itself and to its nearest ones."""
    import faiss
    from scipy.sparse import csr_array

    count, width = vectors.shape
    index = faiss.IndexIVFFlat(faiss.IndexFlatL2(width), width, int(np.sqrt(count)), faiss.METRIC_L2)
    index.nprobe = _CELLS_LOOKED_INTO
    index.train(vectors)
    index.add(vectors)
    squares, found = index.search(vectors, neighbours + 1)
    if len(few := np.flatnonzero((found < 0).any(axis=1))):  # cells with too little in them
        squares[few], found[few] = faiss.knn(vectors[few], vectors, neighbours + 1)
    starts = np.arange(0, found.size + 1, neighbours + 1)
    return csr_array((np.sqrt(np.maximum(squares, 0)).ravel(), found.ravel(), starts), shape=(count, count))
