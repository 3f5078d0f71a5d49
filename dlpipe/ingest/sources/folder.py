"""Folders of classes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator, Field

from dlpipe.core.archives import placed
from dlpipe.ingest.sources import Listing, Source
from dlpipe.ingest.tables import is_free, samples_table, votes_table
from dlpipe.ingest.walk import walk

if TYPE_CHECKING:
    from dlpipe.modalities import Modality

_LABEL = "label"


def _levels(names: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(names)) != len(names):
        raise ValueError("each level needs a name of its own")
    for name in names:
        if name != _LABEL and not is_free(name):
            raise ValueError(f"'{name}' has a meaning of its own; call the level something else")
    return names


class Folder(Source):
    """A folder a class, raw/CLASS/…; files that lie directly in raw/ are unlabelled. Folders in archives count alike."""

    levels: Annotated[tuple[str, ...], AfterValidator(_levels)] = Field(
        default=(_LABEL,),
        description="What the folders stand for, from raw/ downwards: `label`, or an attribute like `site`; "
        "`[site, label]` reads raw/SITE/CLASS/….",
    )
    follow_links: bool = Field(default=False, description="Whether symbolic links to files are read as files.")

    def list(self, raw: Path, modality: Modality) -> Listing:
        found = walk(raw, modality.suffixes, follow_links=self.follow_links, limits=self.archives)
        folders = [placed(path).split("/")[:-1] for path in found.paths]
        named = {
            name: [parts[level] if level < len(parts) else None for parts in folders]
            for level, name in enumerate(self.levels)
        }
        labels = named.pop(_LABEL, [])
        votes = [(path, self.name, label, 1.0) for path, label in zip(found.paths, labels, strict=False) if label]
        return Listing(samples_table(found.paths, named), votes_table(votes), found.set_aside)
