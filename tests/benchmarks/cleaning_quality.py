"""What `clean` finds of defects that were planted, and what it finds where nothing was: beside CleanVision and imagededup.

Known defects of every kind and several strengths are put into real photos of solar cells, which all look alike, and into
pieces of scikit-learn's two sample photos. A planted copy counts as found if it is paired with what it was made from;
untouched pictures that are called anything are false alarms. The peers live in an environment of their own, which the
variable DLPIPE_PEERS names by its interpreter (`pip install cleanvision==0.3.7 imagededup==0.3.3.post2`); without it
only dlpipe is measured, and the result says so.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tests.benchmarks.bench import DLPIPE, seconds, solar_project
from tests.benchmarks.planted import COPIES, SINGLE, pieces, planted, solar_cells

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MINUTES = 6
PEERS_VARIABLE = "DLPIPE_PEERS"
_COPIES = {"exact_duplicate", "same_pixels", "near_duplicate"}
_PEER = """
import json, sys
import multiprocessing
def main():
    from cleanvision import Imagelab
    from imagededup.methods import PHash
    folder = sys.argv[1]
    lab = Imagelab(data_path=folder)
    lab.find_issues(n_jobs=2, verbose=False)
    name = lambda path: path.rsplit("/", 1)[1]
    alone = {column[3:-6]: [name(path) for path in lab.issues.index[lab.issues[column]]]
             for column in lab.issues if column.startswith("is_") and "duplicates" not in column}
    sets = [[name(path) for path in found] for kind in ("exact_duplicates", "near_duplicates") for found in lab.info[kind]["sets"]]
    hashes = PHash(verbose=False).encode_images(image_dir=folder, num_enc_workers=0)
    found = PHash(verbose=False).find_duplicates(encoding_map=hashes, max_distance_threshold=10, num_dist_workers=0)
    pairs = sorted({tuple(sorted((one, other))) for one, others in found.items() for other in others})
    print("\\n" + json.dumps({"alone": alone, "sets": sets, "pairs": pairs}))
if __name__ == "__main__":
    main()
"""
_NAMES = {"bright": "light", "odd_aspect": "odd_aspect_ratio", "odd_colour": "grayscale"}
"""What CleanVision calls them."""


def measure() -> dict[str, Any]:
    """Recall by kind and strength, precision by kind, and false alarms, for solar cells and photos."""
    peers = os.environ.get(PEERS_VARIABLE)
    note = "measured in the same run" if peers else f"not measured: {PEERS_VARIABLE} names no interpreter that has them"
    figures: dict[str, Any] = {"peers": note}
    with tempfile.TemporaryDirectory() as folder:
        project = solar_project(Path(folder))
        seconds([*DLPIPE, "fetch", "solar"], project)
        cells = solar_cells(project / "data/solar/raw")
        for name, pictures, each in (("solar cells", cells[::6], 6), ("photos", pieces(), 3)):
            place = Path(folder) / name.replace(" ", "-")
            truth = planted(pictures, place, each)
            figures[name] = _compared(place, truth, peers)
        untouched = Path(folder) / "untouched"
        planted(cells, untouched, 0)
        figures["all 2,624 solar cells, untouched"] = _alarms(_found(untouched, peers), set())
    return figures


class Found:
    """What one tool says of a folder."""

    def __init__(self, alone: Mapping[str, Sequence[str]], pairs: set[tuple[str, str]]) -> None:
        self.alone = {kind: set(names) for kind, names in alone.items() if kind in SINGLE}
        self.pairs = pairs


def _found(folder: Path, peers: str | None) -> dict[str, Found]:
    found = {"dlpipe": _ours(folder)}
    if peers:
        done = subprocess.run([peers, "-c", _PEER, str(folder)], capture_output=True, text=True, check=True)
        said = json.loads(done.stdout.splitlines()[-1])
        alone = {kind: said["alone"].get(_NAMES.get(kind, kind), []) for kind in SINGLE}
        found["CleanVision"] = Found(alone, {pair for names in said["sets"] for pair in _pairs(names)})
        found["imagededup"] = Found({}, {(one, other) for one, other in said["pairs"]})
    return found


def _ours(folder: Path) -> Found:
    import polars as pl

    from dlpipe.clean.audit import Subject, audit
    from dlpipe.clean.checks import SetCheck
    from dlpipe.clean.stage import Config
    from dlpipe.core import files, plugin
    from dlpipe.core.table import VOTE_COLUMNS
    from dlpipe.modalities import Modality

    names = sorted(path.name for path in folder.iterdir())
    digests = [files.digest(folder / name) for name in names]
    samples = pl.DataFrame({"id": names, "path": names, "digest": digests})
    checks = {name: check for name, check in Config().checks.items() if not isinstance(check, SetCheck)}
    subject = Subject("quality", samples, pl.DataFrame(schema=VOTE_COLUMNS), folder, plugin.make(Modality, "image", {}))
    issues = audit(subject, checks, {}).outcome.issues.filter("is_issue")
    alone = {kind: issues.filter(check=kind)["id"].to_list() for kind in SINGLE}
    copies = issues.filter(pl.col("check").is_in(_COPIES)).select("id", "partner").rows()
    return Found(alone, {pair for names in copies for pair in _pairs(names)})


def _pairs(names: Sequence[str]) -> set[tuple[str, str]]:
    return {(one, other) for one in names for other in names if one < other}


def _compared(folder: Path, truth: Mapping[str, tuple[str, str, str | None]], peers: str | None) -> dict[str, Any]:
    """`truth` says of each planted file its kind, its strength, and the file that it is a copy of."""
    found = _found(folder, peers)
    recall: dict[str, dict[str, Any]] = {}
    for kind, strengths in {**SINGLE, **COPIES}.items():
        for strength in strengths:
            names = [name for name, (of, how, _) in truth.items() if (of, how) == (kind, strength)]
            row = {tool: _recall(kind, names, truth, said) for tool, said in found.items()}
            recall.setdefault(kind, {})[strength] = row
    return {
        "num_pictures": len(list(folder.iterdir())),
        "num_planted_of_each": len([name for name in truth if truth[name][:2] == ("dark", next(iter(SINGLE["dark"])))]),
        "recall": recall,
        "precision": {tool: _precision(said, truth) for tool, said in found.items()},
        "false alarms": _alarms(found, set(truth)),
    }


def _recall(kind: str, names: Sequence[str], truth: Mapping[str, Any], said: Found) -> float | None:
    """None for a tool that does not look for it."""
    if kind in SINGLE:
        return round(np.mean([name in said.alone[kind] for name in names]).item(), 2) if kind in said.alone else None
    return round(np.mean([tuple(sorted((name, truth[name][2]))) in said.pairs for name in names]).item(), 2)


def _precision(said: Found, truth: Mapping[str, tuple[str, str, str | None]]) -> dict[str, float | None]:
    """Of what is called something, the share that was planted as that; another planted defect is not held against it."""
    result: dict[str, float | None] = {}
    for kind, names in said.alone.items():
        right = sum(name in truth and truth[name][0] == kind for name in names)
        wrong = sum(name not in truth for name in names)
        result[kind] = round(right / (right + wrong), 3) if right + wrong else None
    family = {name: base or name for name, (_, _, base) in truth.items()}
    right = sum(family.get(one, one) == family.get(other, other) for one, other in said.pairs)
    result["copies"] = round(right / len(said.pairs), 3) if said.pairs else None
    return result


def _alarms(found: Mapping[str, Found], planted_names: set[str]) -> dict[str, dict[str, int]]:
    """Untouched pictures that are called something, and pairs of them that are called copies."""
    return {
        tool: {
            **{kind: len(names - planted_names) for kind, names in sorted(said.alone.items())},
            "pairs called copies": sum(not planted_names & set(pair) for pair in said.pairs),
        }
        for tool, said in found.items()
    }
