"""The elpv data set as its package lays it out."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from dlpipe.core.errors import DlpipeError
from dlpipe.core.package import Package
from dlpipe.ingest.claims import Claim, matched
from dlpipe.ingest.rows import decoded
from dlpipe.ingest.sources import Listing, Source
from dlpipe.ingest.walk import walk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dlpipe.modalities import Modality

_TABLE = "labels.csv"
_NUMBER = re.compile(r"cell(\d+)\.png$")
_EXPERTS = "experts"
_PROBABILITIES = tuple(votes / 3 for votes in range(4))

_PHOTOGRAPHED_AGAIN = range(2277, 2327)
"""Out of focus photos of the 50 cells 1735 to 1784, which correlate at .97 to .99 (their neighbours: at most .86)."""
_AGAIN_AFTER = 542

_PACKAGE = Package(
    name="elpv-dataset",
    version="1.0.0.post1",
    sha256="85e31c1126ee9b48e62d3a0232c58f58b2d189b0814a45c13642fa0415af4a4c",
    licence="CC-BY-NC-SA-4.0",
    about="2,624 electroluminescence photos of solar cells; Deitsch et al., Solar Energy 185 (2019), 455-468",
    non_commercial=True,
    below="elpv_dataset/data",
)


class Elpv(Source):
    """Solar cells of the elpv data set: photos with the experts' opinion on defects, by cell type and block.

    The experts' probability of a defect (0, 1/3, 2/3 or 1) is kept as weighted votes for `defective` and `good`. No
    module is given, but cells of one stand next to one another: `block` is a run of consecutive numbers. Cells that
    were photographed twice keep the block of their first photo.
    """

    packages: ClassVar[tuple[Package, ...]] = (_PACKAGE,)

    block_size: int = Field(default=60, ge=1, description="How many consecutive numbers make a block.")

    def list(self, raw: Path, modality: Modality) -> Listing:
        found = walk(raw, modality.suffixes, leave_out={_TABLE}, limits=self.archives)
        listing = matched(raw / _TABLE, self._claims(raw / _TABLE), ("block", "cell_type"), found)
        listing.card.update(
            name=_PACKAGE.name,
            version=_PACKAGE.version,
            about=_PACKAGE.about,
            licence=_PACKAGE.licence,
            non_commercial=_PACKAGE.non_commercial,
        )
        return listing

    def _claims(self, table: Path) -> Sequence[Claim]:
        lines = enumerate(_read(table).splitlines(), start=1)
        return [self._claim(table, number, line) for number, line in lines if line.strip()]

    def _claim(self, table: Path, number: int, line: str) -> Claim:
        match line.split():
            case [path, probability, ("mono" | "poly") as cell_type] if found := _NUMBER.search(path):
                block = f"b{(_first_photo(int(found[1])) - 1) // self.block_size:02}"
                votes = _votes(probability)
                if votes is not None:
                    return Claim(f"{_TABLE}:{number}", path, _EXPERTS, votes, (block, cell_type))
            case _:
                pass
        problem = f"{table}:{number}: '{line[:80]}' is not `images/cellNNNN.png probability mono|poly`"
        raise DlpipeError(problem, "put the data set's own labels.csv there; `dlpipe fetch` gets it into an empty raw/")


def _first_photo(number: int) -> int:
    """The number under which this cell was photographed first: both photos must stand on one side of a split."""
    return number - _AGAIN_AFTER if number in _PHOTOGRAPHED_AGAIN else number


def _read(table: Path) -> str:
    if not table.is_file():
        raise DlpipeError(f"{table} is missing", "`dlpipe fetch` gets the data set, if raw/ is empty")
    return decoded(table)


def _votes(text: str) -> tuple[tuple[str, float], ...] | None:
    """Weights of `defective` and `good`, None if it is no share of three votes."""
    try:
        value = float(text)
    except ValueError:
        return None
    nearest = min(_PROBABILITIES, key=lambda known: abs(known - value))
    if not abs(nearest - value) < 1e-6:  # noqa: PLR2004 - the file rounds thirds
        return None
    return ("defective", nearest), ("good", 1 - nearest)
