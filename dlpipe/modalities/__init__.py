"""Kinds of media: how bytes become a value that checks look at, and an array that networks take."""

from __future__ import annotations

import hashlib
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.filename import INSIDE, as_path
from dlpipe.core.plugin import Plugin

if TYPE_CHECKING:
    import numpy as np
    import polars as pl


class UnreadableError(Exception):
    """Bytes that cannot become a sample. `reason` is a word (`truncated`), `detail` a clause for a person."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail

    def __reduce__(self) -> tuple[type[UnreadableError], tuple[str, str]]:
        """What makes it again in another process."""
        return type(self), (self.reason, self.detail)


class Place(NamedTuple):
    """Where a sample lies, and what it held when `ingest` saw it."""

    id: str
    path: str
    digest: str

    def __str__(self) -> str:
        """What a message calls it."""
        return f"'{self.path}'"


@dataclass(frozen=True)
class Sample:
    """One decoded sample."""

    id: str
    value: np.ndarray[Any, Any]
    """As the modality decodes it; an image is (H, W, 3) uint8 RGB, orientation applied."""
    facts: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What the file says of itself: `width`, `height`, `mode`, `format`, `num_bytes`."""
    views: dict[str, Any] = field(default_factory=dict[str, Any], compare=False, repr=False)
    """What was derived from the value, by name, for all who look at this sample."""


@dataclass(frozen=True)
class Unreadable:
    """A sample whose bytes cannot be decoded, and why."""

    id: str
    reason: str
    detail: str


class Modality(Plugin, package="dlpipe.modalities"):
    """A kind of media."""

    layout: ClassVar[str]
    """What a network takes: `image` (C, H, W), `series` (C, T), `sequence` (T,) with mask, `vector` (D,)."""
    suffixes: ClassVar[tuple[str, ...]]
    """File name endings, lower case with the dot, that a folder source lists."""
    noun: ClassVar[str] = "sample"
    """What people call one of its files, for messages."""
    imports: ClassVar[tuple[str, ...]] = ()
    """Modules that `decode` imports, so that processes which decode have them from the start."""

    @property
    def seconds(self) -> float:
        """Reading and decoding one file takes no longer, whatever the machine; what does hangs."""
        return 5.0

    @abstractmethod
    def decode(self, content: bytes) -> tuple[np.ndarray[Any, Any], dict[str, Any]]:
        """A file's bytes as a value and the file's facts.

        Raises:
            UnreadableError: the bytes are no sample of this modality.
        """

    def glance(self, content: bytes, least_px: int) -> tuple[np.ndarray[Any, Any], dict[str, Any]]:  # noqa: ARG002 - the kind's signature
        """As `decode`, for those who only look, whom a smaller value serves: with the same facts, and the same errors.

        The value may be read-only.

        Args:
            content: A file's bytes.
            least_px: What the longer side must keep where there are sides.
        """
        return self.decode(content)

    @abstractmethod
    def encode(self, value: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """A decoded value as the array that the exported network takes, without the batch axis."""

    @property
    @abstractmethod
    def example_shape(self) -> tuple[int, ...]:
        """Shape of what `encode` gives."""

    def facts_of_name(self, path: str, facts: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG002 - the kind's signature
        """Further facts of a decoded file that follow from its name, like a name that promises another format."""
        return {}

    def reader(self, raw: Path, samples: pl.DataFrame) -> Reader:
        """Random access to decoded samples, in the table's order."""
        return Reader(self, raw, samples)


@dataclass(frozen=True)
class Opener:
    """Reads a file, compares it with its digest, and decodes it. Small: it may be sent to other processes."""

    modality: Modality
    raw: Path

    def __call__(self, place: Place, least_px: int | None = None) -> Sample | Unreadable:
        """The sample at `place`, in full, or as `Modality.glance` gives it.

        Raises:
            DlpipeError: its bytes are no longer those that `ingest` saw (exit 5).
        """
        content = read_checked(self.raw, place.path, place.digest)
        try:
            modality = self.modality
            value, facts = modality.decode(content) if least_px is None else modality.glance(content, least_px)
        except UnreadableError as error:
            return Unreadable(place.id, error.reason, error.detail)
        return Sample(place.id, value, {**facts, **self.modality.facts_of_name(place.path, facts)})


class Reader:
    """`reader[i]` is sample i of a table. Safe to share among threads; other processes get its `opener` and `places`."""

    def __init__(self, modality: Modality, raw: Path, samples: pl.DataFrame) -> None:
        self.opener = Opener(modality, raw)
        self.places = [Place(*row) for row in samples.select(Place._fields).iter_rows()]

    def __len__(self) -> int:
        return len(self.places)

    def __getitem__(self, index: int) -> Sample | Unreadable:
        """Sample `index`.

        Raises:
            DlpipeError: its bytes are no longer those that `ingest` saw (exit 5).
        """
        return self.opener(self.places[index])


def read_checked(raw: Path, path: str, digest: str) -> bytes:
    """The bytes of one file of raw/, if they are those that `ingest` listed.

    Args:
        raw: Where the media lie.
        path: The file's text in the samples table (`dlpipe.core.filename`).
        digest: SHA-256 that `ingest` saw.

    Raises:
        DlpipeError: the file is gone or holds other bytes.
    """
    try:
        content = _content(raw, path)
    except FileNotFoundError as error:
        raise DlpipeError(
            f"{raw / as_path(path)} is gone since `ingest` listed it", _again(), Exit.INTEGRITY
        ) from error
    if hashlib.sha256(content).hexdigest() != digest:
        raise DlpipeError(f"{raw / as_path(path)} is not the file that `ingest` listed", _again(), Exit.INTEGRITY)
    return content


def _content(raw: Path, path: str) -> bytes:
    """The bytes of a file, or of a member of an archive.

    Raises:
        FileNotFoundError: it is not there any more.
    """
    if INSIDE in path:
        from dlpipe.core.archives import ArchiveError, member_bytes, parted

        inside = parted(path)
        if inside is not None:
            archive, member = inside
            try:
                return member_bytes(raw / as_path(archive), as_path(member))
            except ArchiveError as error:
                raise FileNotFoundError(path) from error
    with (raw / as_path(path)).open("rb", buffering=0) as file:
        return file.read()


def _again() -> str:
    return "put the file back, or `dlpipe run` to start from what raw/ holds now"
