"""Brings together what a table says of files and the files there are, so that neither side loses a row in silence."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dlpipe.core.archives import SEPARATOR, placed
from dlpipe.core.errors import DlpipeError
from dlpipe.core.filename import as_text
from dlpipe.ingest.sources import Listing
from dlpipe.ingest.tables import samples_table, votes_table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from dlpipe.ingest.walk import Found


@dataclass(frozen=True)
class Claim:
    """What one row says of one file."""

    where: str
    """`labels.csv:7`."""
    path: str
    annotator: str
    votes: tuple[tuple[str, float], ...]
    """(label, weight); empty for a row that leaves its file unlabelled."""
    attributes: tuple[str | None, ...]
    apart: str = ""
    """Rows of one annotator on one file may differ where this differs: shares of several labels."""

    def says(self) -> tuple[object, ...]:
        """All but where it stands."""
        return self.votes, self.attributes


def matched(table: Path, claims: Sequence[Claim], names: Sequence[str], found: Found) -> Listing:
    """Samples for all files: those of no row are unlabelled and without attributes.

    Set aside are rows of a missing file (`missing_file`) and rows that say again what an earlier one says
    (`duplicate_row`).

    Args:
        table: Where the claims stand.
        claims: What it says, in its order.
        names: Names of the claims' attributes.
        found: The files there are.

    Raises:
        DlpipeError: two rows say different things of one file, or no row's file is there.
    """
    known = frozenset(found.paths)
    unpacked = _unpacked(found.paths)
    first: dict[tuple[str, str, str], Claim] = {}
    attributes: dict[str, Claim] = {}
    set_aside = list(found.set_aside)
    for claim in claims:
        path = claim.path if claim.path in known else as_text(claim.path)
        path = path if path in known else unpacked.get(path, path)
        if path not in known:
            set_aside.append((path, "missing_file", f"{claim.where} names it, but raw/ has no such file of this kind"))
            continue
        earlier = first.setdefault((path, claim.annotator, claim.apart), claim)
        if earlier is not claim and earlier.says() == claim.says():
            set_aside.append((path, "duplicate_row", f"{claim.where} says again what {earlier.where} says"))
        elif earlier is not claim or attributes.setdefault(path, claim).attributes != claim.attributes:
            raise _conflict(table, claim, earlier if earlier is not claim else attributes[path], names)
    if not first:
        raise _none_there(table, claims, found)
    columns = [[attributes[path].attributes[place] if path in attributes else None for path in found.paths]
               for place in range(len(names))]  # fmt: skip
    votes = [(path, who, *vote) for (path, who, _), claim in first.items() for vote in claim.votes]
    return Listing(samples_table(found.paths, dict(zip(names, columns, strict=True))), votes_table(votes), set_aside)


def _unpacked(paths: Sequence[str]) -> dict[str, str]:
    """Members of archives by where they would lie, had the archive been unpacked beside itself; clear ones only."""
    places = [(placed(path), path) for path in paths if SEPARATOR in path]
    count = Counter(place for place, _ in places)
    return {place: path for place, path in places if count[place] == 1}


def _conflict(table: Path, claim: Claim, earlier: Claim, names: Sequence[str]) -> DlpipeError:
    pairs = zip(names, earlier.attributes, claim.attributes, strict=True)
    differ = [f"{name} '{one}' and '{other}'" for name, one, other in pairs if one != other]
    if earlier.votes != claim.votes:
        shown = (" ".join(label for label, _ in each.votes) or "none" for each in (earlier, claim))
        differ.insert(0, "label " + " and ".join(f"'{label}'" for label in shown))
    problem = f"{table}: {earlier.where} and {claim.where} both name {claim.path} and differ: {', '.join(differ)}"
    return DlpipeError(
        problem, "keep the row that is right; opinions of several people need ingest.source.annotator_column"
    )


def _none_there(table: Path, claims: Sequence[Claim], found: Found) -> DlpipeError:
    there = f"files like '{found.paths[0]}'" if found.paths else "no file of this kind"
    problem = f"{table}: none of its {len(claims)} rows names a file of raw/, like '{claims[0].path}'; raw/ has {there}"
    return DlpipeError(problem, "set path_column, below or ending in ingest.source so that rows name files of raw/")
