"""How fast pictures are looked at: with isolation and without, beside bare decoding, and beside CleanVision.

On the photos of solar cells, two processes or threads each, everything in the same run: only the ratios mean anything.
Start and end of processes are counted, embeddings are no part of it. The whole audit looks and then judges: it finds copies
among all pictures, as CleanVision's figure does too, and crops and turned copies, which CleanVision does not look for. An
audit and CleanVision are each timed in a process of their own, from the call on that a person would make after importing
them. CleanVision is no dependency: CLEANVISION_PYTHON names an interpreter that has it, without one its figures are missing
and the reason stands there.

Photos of six megapixels show what it is worth that a JPEG is decoded smaller where all checks look at small pictures.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.benchmarks.bench import DLPIPE, REPOSITORY, seconds, solar_project

if TYPE_CHECKING:
    from collections.abc import Callable

    from dlpipe.modalities import Place, Reader

MINUTES = 7
TIMES = 5
NUM_PHOTOS = 120
PEER_VARIABLE = "CLEANVISION_PYTHON"
_PEER = """
import sys, time
from importlib.metadata import version
from cleanvision import Imagelab
if __name__ == "__main__":
    started = time.perf_counter()
    lab = Imagelab(data_path=sys.argv[1])
    lab.find_issues(n_jobs=2, verbose=False)
    print(time.perf_counter() - started, version("cleanvision"), len(lab.issues))
"""


def measure() -> dict[str, Any]:
    """Pictures a second, the median of five, ratios, and memory."""
    with tempfile.TemporaryDirectory() as folder:
        project = solar_project(Path(folder))
        seconds([*DLPIPE, "fetch", "solar"], project)
        raw = project / "data/solar/raw"
        return {**_cells(raw, Path(folder)), **_photos(Path(folder) / "photos"), **_memory(raw)}


def _cells(raw: Path, folder: Path) -> dict[str, Any]:
    looked = Looked(raw)
    runs: dict[str, Callable[[], float]] = {
        "bare decoding": looked.bare_seconds,
        "with isolation": lambda: looked.seconds("processes"),
        "without isolation": lambda: looked.seconds("threads"),
        "whole audit": lambda: _told("audit", raw, "moved")["seconds"],
        "whole audit but for crops and turns": lambda: _told("audit", raw, "")["seconds"],
    }
    python, versions = os.environ.get(PEER_VARIABLE), set[str]()
    if python:
        runs["CleanVision"] = lambda: _cleanvision(python, raw, folder, len(looked), versions)
    rate = _rates(runs, len(looked))
    shown = {"num_pictures": len(looked), "checks with a look": len(looked.looking), "checks": len(looked.checks)}
    shown |= {f"{name}, pictures a second": round(found) for name, found in rate.items()}
    shown |= {f"with isolation / {name}": round(rate["with isolation"] / rate[name], 2) for name in rate}
    if "CleanVision" in rate:
        audits = [name for name in rate if name.startswith("whole audit")]
        shown |= {f"{name} / CleanVision": round(rate[name] / rate["CleanVision"], 2) for name in audits}
    shown["CleanVision"] = versions.pop() if versions else f"not measured: {PEER_VARIABLE} names no interpreter"
    return {name: value for name, value in shown.items() if name != "with isolation / with isolation"}


def _photos(raw: Path) -> dict[str, Any]:
    """Photos of six megapixels, beside decoding them in full."""
    import cv2
    import numpy as np
    from sklearn.datasets import load_sample_images

    raw.mkdir()
    seeds = [cv2.resize(photo, (3000, 2000), interpolation=cv2.INTER_CUBIC) for photo in load_sample_images().images]
    for number in range(NUM_PHOTOS):
        photo = np.roll(seeds[number % 2], 20 * number, axis=number % 3 // 2)
        (raw / f"{number:03}.jpg").write_bytes(cv2.imencode(".jpg", photo, [cv2.IMWRITE_JPEG_QUALITY, 90])[1].tobytes())
    looked = Looked(raw)
    rate = _rates({"bare": looked.bare_seconds, "isolated": lambda: looked.seconds("processes")}, len(looked))
    return {
        "JPEGs of 6 megapixels with isolation, pictures a second": round(rate["isolated"], 1),
        "JPEGs of 6 megapixels with isolation / bare decoding in full": round(rate["isolated"] / rate["bare"], 2),
    }


def _rates(runs: dict[str, Callable[[], float]], num: int) -> dict[str, float]:
    """Pictures a second of each, the median of several, taken in turn."""
    taken: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(TIMES):
        for name, run in runs.items():
            taken[name].append(run())
    return {name: num / statistics.median(found) for name, found in taken.items()}


def _memory(raw: Path) -> dict[str, Any]:
    """What the processes hold after all pictures, after four and after ten times as many."""
    found = [_told("memory", raw, str(times)) for times in (1, 4, 10)]
    return {
        "largest worker, MiB, at all pictures, four and ten times as many": [one["worker_mib"] for one in found],
        "growth of the process that waits for them, MiB": [one["grown_mib"] for one in found],
    }


def _told(function: str, raw: Path, how: str) -> dict[str, float]:
    """What a function of this module prints in a process of its own."""
    code = f"import sys; from tests.benchmarks.picture_scan import {function}; {function}(*sys.argv[1:])"
    command = [sys.executable, "-c", code, str(raw), how]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def audit(raw: str, moved: str) -> None:
    """Prints how long the first audit of a process takes."""
    sys.stdout.write(json.dumps({"seconds": Looked(Path(raw)).audit_seconds(moved=bool(moved))}) + "\n")


def memory(raw: str, times: str) -> None:
    """Prints the largest worker's memory and how much this process grows, over a folder taken several times."""
    import psutil

    looked, own = Looked(Path(raw)), psutil.Process()
    looked.reader.places *= int(times)
    peak, ended = [0], threading.Event()

    def watch() -> None:
        while not ended.wait(0.05):
            peak[0] = max(peak[0], *(_resident(child) for child in own.children(recursive=True)), 0)

    looked.warm()
    thread = threading.Thread(target=watch)
    thread.start()
    before = own.memory_info().rss
    kept = looked.scan("processes")
    grown = own.memory_info().rss - before
    ended.set()
    thread.join()
    assert len(kept.readable) == len(looked)
    sys.stdout.write(json.dumps({"worker_mib": round(peak[0] / 2**20), "grown_mib": round(grown / 2**20)}) + "\n")


def _resident(process: Any) -> int:
    import psutil

    try:
        return process.memory_info().rss
    except psutil.Error:  # it has just ended
        return 0


class Looked:
    """The usual checks over all pictures of a folder."""

    def __init__(self, raw: Path) -> None:
        import polars as pl

        from dlpipe.clean import stage
        from dlpipe.core import files
        from dlpipe.modalities.image import Image

        suffixes = {".png", ".jpg"}
        paths = sorted(path.relative_to(raw).as_posix() for path in raw.rglob("*") if path.suffix in suffixes)
        digests = [files.digest(raw / path) for path in paths]
        self.reader: Reader = Image().reader(raw, pl.DataFrame({"id": paths, "path": paths, "digest": digests}))
        self.checks = stage.Config().checks
        self.looking = [name for name, check in self.checks.items() if check.looks_at_samples]

    def __len__(self) -> int:
        return len(self.reader.places)

    def scan(self, engine: str) -> Any:
        """What one scan gives."""
        from dlpipe.clean.scan import scan

        os.environ.update(DLPIPE_ENGINE=engine, DLPIPE_JOBS="2")
        return scan(self.reader, self.checks)

    def seconds(self, engine: str) -> float:
        """Seconds of one scan, its processes' start included."""
        started = time.perf_counter()
        assert len(self.scan(engine).readable) == len(self)
        return time.perf_counter() - started

    def audit_seconds(self, *, moved: bool) -> float:
        """Seconds of looking and judging, copies among all pictures included; with a closer look for moved ones or not."""
        import polars as pl

        from dlpipe.clean.audit import Subject, audit
        from dlpipe.clean.checks.near_duplicate import NearDuplicate
        from dlpipe.core.table import VOTE_COLUMNS

        os.environ.update(DLPIPE_ENGINE="processes", DLPIPE_JOBS="2")
        samples = pl.DataFrame(self.reader.places, schema=["id", "path", "digest"], orient="row")
        votes = pl.DataFrame(schema=VOTE_COLUMNS)
        subject = Subject("cells", samples, votes, self.reader.opener.raw, self.reader.opener.modality)
        started = time.perf_counter()
        found = audit(subject, {**self.checks, "near_duplicate": NearDuplicate(moved=moved)}, {})
        assert found.outcome.issues.height
        return time.perf_counter() - started

    def bare_seconds(self) -> float:
        """Seconds of reading and decoding all in full, in two threads."""
        opener = self.reader.opener

        def decoded(place: Place) -> tuple[int, ...]:
            return opener.modality.decode((opener.raw / place.path).read_bytes())[0].shape

        started = time.perf_counter()
        with ThreadPoolExecutor(2) as threads:
            list(threads.map(decoded, self.reader.places))
        return time.perf_counter() - started

    def warm(self) -> None:
        """Has this process import all that a scan needs."""
        whole, self.reader.places = self.reader.places, self.reader.places[:32]
        self.scan("processes")
        self.reader.places = whole


def _cleanvision(python: str, raw: Path, folder: Path, num: int, versions: set[str]) -> float:
    script = folder / "peer.py"
    script.write_text(_PEER, encoding="utf-8")
    done = subprocess.run([python, str(script), str(raw)], capture_output=True, text=True, check=True)
    taken, version, found = done.stdout.split()[-3:]
    assert int(found) == num, f"CleanVision looked at {found} of {num} pictures"
    versions.add(version)
    return float(taken)
