"""What CleanVision calls near duplicates in elpv: second photos of a cell, or other cells, or pictures saved again?

A picture that was saved again differs from the first one by next to nothing (`dlpipe.similarity`: up to 0.001 of its
variance). 50 cells were photographed twice, under numbers 542 apart. All else is two cells that look alike. The pairs can
be looked at: ELPV_PAIRS_SHEET names a PNG to be written. CLEANVISION_PYTHON names an interpreter that has CleanVision.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from tests.benchmarks.bench import DLPIPE, seconds, solar_project
from tests.benchmarks.picture_scan import PEER_VARIABLE

MINUTES = 2
SHEET_VARIABLE = "ELPV_PAIRS_SHEET"
_AGAIN_AFTER = 542
_PX, _COLUMNS, _CAPTION = 150, 4, 22
_PEER = """
import json, sys
from cleanvision import Imagelab
if __name__ == "__main__":
    lab = Imagelab(data_path=sys.argv[1])
    lab.find_issues({"near_duplicates": {}}, n_jobs=2, verbose=False)
    print("\\n" + json.dumps([sorted(found) for found in lab.info["near_duplicates"]["sets"]]))
"""


@dataclass(frozen=True)
class Pair:
    """Two photos that were called near duplicates."""

    one: Path
    other: Path
    unlikeness: float

    @property
    def kind(self) -> str:
        """What they are."""
        from dlpipe.similarity import UNLIKENESS

        if self.unlikeness <= UNLIKENESS:
            return "saved again"
        first, second = sorted(int(path.stem.removeprefix("cell")) for path in (self.one, self.other))
        return "second photo of a cell" if second - first == _AGAIN_AFTER else "another cell"


def measure() -> dict[str, Any]:
    """How many pairs of each kind there are, and how unlike the two pictures of each pair are."""
    python = os.environ.get(PEER_VARIABLE)
    if not python:
        sys.exit(f"set {PEER_VARIABLE} to an interpreter that has CleanVision 0.3.7")
    with tempfile.TemporaryDirectory() as folder:
        project = solar_project(Path(folder))
        seconds([*DLPIPE, "fetch", "solar"], project)
        raw = project / "data/solar/raw"
        done = subprocess.run([python, "-c", _PEER, str(raw)], capture_output=True, text=True, check=True)
        sets: list[list[str]] = json.loads(done.stdout.splitlines()[-1])
        pairs = [_pair(Path(one), Path(other)) for found in sets for one in found for other in found if one < other]
        pairs.sort(key=lambda pair: pair.unlikeness)
        if sheet := os.environ.get(SHEET_VARIABLE):
            Path(sheet).write_bytes(cv2.imencode(".png", _sheet(pairs))[1].tobytes())
    kinds = [pair.kind for pair in pairs]
    return {
        "pictures called near duplicates": len({path for pair in pairs for path in (pair.one, pair.other)}),
        "pairs": len(pairs),
        **{kind: kinds.count(kind) for kind in ("saved again", "second photo of a cell", "another cell")},
        "least unlike pair": round(pairs[0].unlikeness, 4),
    }


def _pair(one: Path, other: Path) -> Pair:
    from dlpipe import similarity

    prints = similarity.prints([similarity.fingerprint(_read(path)) for path in (one, other)])
    return Pair(one, other, 1 - float(similarity.likeness(prints, np.array([0]), np.array([1]))[0]))


def _read(path: Path) -> np.ndarray[Any, Any]:
    from dlpipe.modalities.image import Image

    return Image().decode(path.read_bytes())[0]


def _sheet(pairs: list[Pair]) -> np.ndarray[Any, Any]:
    """Each pair side by side with what it is, row by row. (H, W, 3) uint8."""
    tiles: list[np.ndarray[Any, Any]] = []
    for pair in pairs:
        tile = np.full((_PX + _CAPTION + 8, 2 * _PX + 8, 3), 255, np.uint8)
        for place, path in enumerate((pair.one, pair.other)):
            tile[:_PX, place * _PX : (place + 1) * _PX] = cv2.resize(
                _read(path), (_PX, _PX), interpolation=cv2.INTER_AREA
            )
        said = f"{pair.one.stem} {pair.other.stem} {pair.kind} {pair.unlikeness:.4f}"
        cv2.putText(tile, said, (2, _PX + 15), cv2.FONT_HERSHEY_SIMPLEX, 0.36, (0, 0, 0), 1, cv2.LINE_AA)
        tiles.append(tile)
    tiles += [np.full_like(tiles[0], 255)] * (-len(tiles) % _COLUMNS)
    rows = [np.concatenate(tiles[start : start + _COLUMNS], axis=1) for start in range(0, len(tiles), _COLUMNS)]
    return np.concatenate(rows)
