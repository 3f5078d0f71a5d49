"""Every splitter on a samples table of a million rows: seconds and the most memory, each in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys

MINUTES = 3
NUM_SAMPLES = 1_000_000

_CASES = {
    "hashed": {},
    "hashed, by 100,000 groups": {"by": "patient"},
    "random": {},
    "stratified": {"stratify": ["site", "label"]},
    "grouped, 100,000 groups": {"by": "patient"},
    "grouped_stratified, 100,000 groups": {"by": "patient", "stratify": ["site", "label"]},
    "k_fold": {"folds": 10},
    "k_fold, 100,000 groups": {"folds": 10, "by": "patient"},
    "time": {"column": "taken"},
    "predefined": {"column": "official"},
}

_CODE = """
import json, resource, sys, time
import numpy as np, polars as pl
from dlpipe.core.plugin import find
from dlpipe.split.clusters import clusters
from dlpipe.split.splitters import Splitter, Wish
from dlpipe.split.strata import shortfalls, strata
from dlpipe.split.together import assign_together
count, name, settings = int(sys.argv[1]), sys.argv[2], json.loads(sys.argv[3])
random = np.random.default_rng(0)
number = np.arange(count)
ids = pl.Series([f"site/{n:07}.png" for n in range(count)])
samples = pl.DataFrame({
    "id": ids, "path": ids, "digest": ids,
    "patient": pl.Series(random.integers(0, count // 10, count)).cast(pl.String),
    "site": pl.Series(random.integers(0, 20, count)).cast(pl.String),
    "taken": pl.Series(1000 * random.integers(0, 10**8, count)).cast(pl.Datetime("ms")).dt.to_string("%Y-%m-%dT%H:%M:%S"),
    "official": random.choice(["train", "train", "val", "test"], count),
    "label": random.choice(["ill", "well", "unclear"], count, p=[0.1, 0.8, 0.1]),
})
copies = random.choice(count, (2, count // 100), replace=False)
copied = pl.DataFrame({"id": ids[copies.ravel()], "cluster": ids[np.tile(copies[0], 2)]})
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
started = time.perf_counter()
splitter, wish = find(Splitter, name)(**settings), Wish((0.7, 0.15, 0.15), 0)
assignment = assign_together(splitter, samples, clusters(samples, copied), wish)
shortfalls(*strata(samples, splitter.evened), assignment.splits, splitter.wished(wish) or wish.fractions)
seconds = time.perf_counter() - started
print(json.dumps({"seconds": round(seconds, 1), "GiB": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 2)}))
"""


def measure() -> dict[str, dict[str, float]]:
    """Seconds from the table to the assignment with 10,000 pairs of copies, and the whole process's peak memory."""
    found: dict[str, dict[str, float]] = {}
    for case, settings in _CASES.items():
        arguments = [str(NUM_SAMPLES), case.partition(",")[0], json.dumps(settings)]
        done = subprocess.run([sys.executable, "-c", _CODE, *arguments], capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"{case}: {done.stderr[-3000:]}")
        found[case] = json.loads(done.stdout)
    return found
