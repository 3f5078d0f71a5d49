"""An exported model ready to answer: what `evaluate`, `register`, `predict` and `serve` all go through."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from dlpipe.core import files
from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.plugin import restored
from dlpipe.core.project import find_project
from dlpipe.decision import GroupRules, draws_of
from dlpipe.graph.run import Graph
from dlpipe.modalities import Modality, UnreadableError
from dlpipe.probabilities import calibrated, corrected, decided, over, sigmoid

if TYPE_CHECKING:
    import polars as pl

SCHEMA_VERSION = 1
GROUPED_VERSION = 2
"""That of a `model.json` that decides by group: who reads only version 1 must not take it for one that does not."""
SEVERAL_VERSION = 3
"""That of one whose samples may have several classes: its outputs are no shares of one whole."""
MODEL, DESCRIPTION = "model.onnx", "model.json"

_BATCH_SIZE = 64

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Scores:
    """What the network says of n samples."""

    logits: Array
    """Shape (n, K) float32."""
    features: Array
    """Shape (n, F) float32."""
    probabilities: Array
    """Shape (n, K) float64, calibrated; rows sum to 1, unless a sample may have several classes."""
    decided: Array | None
    """Shape (n,) int64, class indices at the operating point; None of a model that decides by group, which nobody named.
    Where a sample may have several classes (n, K) bool."""

    @property
    def predicted(self) -> Array:
        """What was decided.

        Raises:
            ValueError: nothing was, for want of groups; a bug of who asks.
        """
        if self.decided is None:
            raise ValueError("this model decides by group: `scores` needs the group of every sample")
        return self.decided


@dataclass(frozen=True)
class Answer:
    """What is said of one sample."""

    label: str
    probability: float
    """That of `label`. Below 0.5 where the operating point is."""
    probabilities: dict[str, float]
    possible: tuple[str, ...] | None = None
    """All labels that it may be, at the coverage that `export.conformal` promises; None where it promises none."""
    group: str | None = None
    """By whose rule it was decided; None where one threshold serves all."""


@dataclass(frozen=True)
class Labels:
    """What is said of one sample that may have several classes."""

    labels: tuple[str, ...]
    """Those whose probability reaches their threshold; there may be none."""
    probabilities: dict[str, float]
    """Of each class by itself."""


@dataclass(frozen=True)
class Refused:
    """Content that is no sample, and why."""

    reason: str
    detail: str


Said = Answer | Labels | Refused


class Predictor:
    """A folder that `dlpipe export` wrote. Safe to share among threads; answers do not depend on the batch."""

    def __init__(self, folder: Path) -> None:
        """Compares every file with `digests.json`; the network itself is loaded at the first question.

        Raises:
            DlpipeError: the folder is missing, or a file is not what `export` published (exit 5).
        """
        self.folder = folder
        if not (folder / files.DIGESTS).is_file():
            raise DlpipeError(f"{folder} holds no exported model", "make one with `dlpipe run NAME`")
        published: dict[str, str] = files.read_json(folder / files.DIGESTS)
        for name in (MODEL, DESCRIPTION):
            self._compare(name, published.get(name), self._read(name))
        self.digest = published[MODEL]
        self.description = _checked(files.read_json(folder / DESCRIPTION), folder / DESCRIPTION)
        self.classes: list[str] = self.description["classes"]
        self.positive: int | None = self.description["positive"]
        self.thresholds: list[float] | None = self.description.get("thresholds")
        """Of each class, where a sample may have several; else None."""
        self.modality = restored(Modality, self.description["modality"])
        self.group_rules = GroupRules.of(self.description)
        self._graph: Graph | None = None
        self._lock = threading.Lock()

    @classmethod
    def of(cls, pipeline: str, project: Path | None = None) -> Predictor:
        """The exported model of a pipeline.

        Args:
            pipeline: Name of the pipeline.
            project: A folder of the project; default the working directory.

        Raises:
            DlpipeError: there is no such pipeline, it has no exported model, or the model was changed.
        """
        home = find_project(project)
        folder = home.outputs(home.existing(pipeline)) / "export"
        if not folder.is_dir():
            raise DlpipeError(f"pipeline '{pipeline}' has no exported model", f"`dlpipe run {pipeline}` makes it")
        return cls(folder)

    def _read(self, name: str) -> bytes:
        try:
            return (self.folder / name).read_bytes()
        except FileNotFoundError as error:
            problem = f"{self.folder / name} is missing"
            raise DlpipeError(problem, "export it again with `dlpipe export NAME`", Exit.INTEGRITY) from error

    def _compare(self, name: str, published: str | None, content: bytes) -> None:
        found = hashlib.sha256(content).hexdigest()
        if found != published:
            problem = f"{self.folder / name} is not what `export` published: SHA-256 {found}, was {published}"
            raise DlpipeError(problem, "do not use it; export it again with `dlpipe export NAME`", Exit.INTEGRITY)

    def load(self) -> Graph:
        """Loads the network if it is not loaded yet; for a server that wants to be ready.

        Raises:
            DlpipeError: the file has changed since, or is no model of one file (exit 5).
        """
        with self._lock:
            if self._graph is None:
                content = self._read(MODEL)
                self._compare(MODEL, self.digest, content)
                self._graph = Graph(content, self.folder / MODEL)
            return self._graph

    def groups_of(self, samples: pl.DataFrame) -> list[str] | None:
        """The groups that `scores` needs of a samples table's rows; None where one threshold serves all.

        Raises:
            DlpipeError: the samples lack the attribute (exit 5), or one is of a group that has no rule (exit 3).
        """
        return None if self.group_rules is None else self.group_rules.of_samples(samples)

    def scores(self, encoded: Array, groups: Sequence[str] | None = None) -> Scores:
        """What the network says of samples that the modality has encoded. Shape (n, *example_shape), n may be 0.

        `groups`, one a sample, are needed for what a model that decides by group answers, not for what it sees.
        """
        shape = tuple(self.description["example_shape"])
        if encoded.shape[1:] != shape:
            raise ValueError(f"samples have shape {encoded.shape[1:]}, the model takes {shape}")
        given = self.load().over(encoded)
        logits, features = given["outputs"], given["features"]
        if self.thresholds is not None:
            alone = sigmoid(logits, self.description["temperature"])
            return Scores(logits, features, alone, over(alone, self.thresholds))
        softened = calibrated(logits, self.description["temperature"])
        probabilities = corrected(softened, self.description.get("isotonic"))
        return Scores(logits, features, probabilities, self._decided(encoded, probabilities, groups))

    def _decided(self, encoded: Array, probabilities: Array, groups: Sequence[str] | None) -> Array | None:
        if self.group_rules is None or self.positive is None:
            return decided(probabilities, self.positive, self.description["threshold"])
        if groups is None:
            return None
        known = self.group_rules.checked(groups)
        found = self.group_rules.positive(probabilities[:, self.positive], known, draws_of(encoded))
        return np.where(found, self.positive, 1 - self.positive)

    def predict(self, contents: Sequence[bytes], groups: Sequence[str] | None = None) -> list[Said]:
        """An answer for the bytes of each file, in their order; what cannot be decoded is refused with its reason.

        Args:
            contents: The bytes of each file.
            groups: The value of each for the attribute by which the model decides, if it decides by one.

        Raises:
            DlpipeError: the model decides by group, and a value is missing or has no rule.
        """
        known = None if self.group_rules is None else self.group_rules.checked(groups)
        answers: list[Said] = []
        for start in range(0, len(contents), _BATCH_SIZE):
            part = slice(start, start + _BATCH_SIZE)
            answers += self._batch(contents[part], None if known is None else known[part])
        return answers

    def _batch(self, contents: Sequence[bytes], groups: Sequence[str] | None) -> list[Said]:
        decoded = [self._decoded(content) for content in contents]
        arrays = [value for value in decoded if not isinstance(value, Refused)]
        if groups is not None:
            groups = [group for group, value in zip(groups, decoded, strict=True) if not isinstance(value, Refused)]
        answers = self._answers(np.stack(arrays), groups) if arrays else iter(())
        return [value if isinstance(value, Refused) else next(answers) for value in decoded]

    def _decoded(self, content: bytes) -> Array | Refused:
        try:
            value, _ = self.modality.decode(content)
        except UnreadableError as error:
            return Refused(error.reason, error.detail)
        return self.modality.encode(value)

    def _answers(self, encoded: Array, groups: Sequence[str] | None) -> Iterator[Answer | Labels]:
        scores = self.scores(encoded, groups)
        if self.thresholds is not None:
            for row, said in zip(scores.probabilities.tolist(), scores.predicted.tolist(), strict=True):
                named = dict(zip(self.classes, row, strict=True))
                yield Labels(tuple(name for name, is_so in zip(self.classes, said, strict=True) if is_so), named)
            return
        of = groups or [None] * len(encoded)
        for row, index, group in zip(scores.probabilities.tolist(), scores.predicted.tolist(), of, strict=True):
            named = dict(zip(self.classes, row, strict=True))
            yield Answer(self.classes[index], row[index], named, self._possible(named), group)

    def _possible(self, named: dict[str, float]) -> tuple[str, ...] | None:
        conformal = self.description.get("conformal")
        if conformal is None:
            return None
        return tuple(name for name, probability in named.items() if probability >= conformal["least_probability"])


def _checked(description: dict[str, Any], path: Path) -> dict[str, Any]:
    if (found := description.get("schema_version")) not in {SCHEMA_VERSION, GROUPED_VERSION, SEVERAL_VERSION}:
        problem = f"{path} has schema version {found}, this dlpipe reads {SCHEMA_VERSION} to {SEVERAL_VERSION}"
        raise DlpipeError(problem, "export it again with this dlpipe, or use the one that wrote it", Exit.INTEGRITY)
    return description
