"""Where samples and the source's opinion of their labels come from."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Self

from pydantic import Field

from dlpipe.core.archives import Limits
from dlpipe.core.package import Package
from dlpipe.core.plugin import Plugin

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

    from dlpipe.modalities import Modality
    from dlpipe.tasks import Task


@dataclass(frozen=True)
class Listing:
    """What a source says."""

    samples: pl.DataFrame
    """Columns `id`, `path` (relative to raw/) and attributes; `ingest` adds `digest`."""
    votes: pl.DataFrame
    """`dlpipe.core.table.VOTE_COLUMNS`."""
    set_aside: list[tuple[str, str, str]] = field(default_factory=list[tuple[str, str, str]])
    """(path or row, reason, detail) of what cannot be a sample."""
    card: dict[str, Any] = field(default_factory=dict[str, Any])
    """Facts for the data card: name, licence, citation."""


class Source(Plugin, package="dlpipe.ingest.sources"):
    """A way in which raw data says what its samples and labels are.

    Settings of several values are tuples: in a source's class body `list` is its verb.
    """

    root: str | None = Field(
        default=None, description="Where the files lie if not in data/NAME/raw: absolute, or relative to the project."
    )

    archives: Limits = Field(
        default=Limits(), description="How much a .zip or .tar in raw/ may hold; its members are samples like files."
    )

    packages: ClassVar[tuple[Package, ...]] = ()
    """What `dlpipe fetch` gets into raw/ for this source."""

    def of_task(self, task: Task) -> Self:  # noqa: ARG002 - the verb's signature
        """The source as it reads labels of a task; itself where that makes no difference.

        Raises:
            DlpipeError: it cannot read labels of this task.
        """
        return self

    @abstractmethod
    def list(self, raw: Path, modality: Modality) -> Listing:
        """Samples and votes. Opens no media file; of archives their directories."""
