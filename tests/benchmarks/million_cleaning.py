"""Clean's part of a million samples: checks of the set, equal bytes, and near hashes; each in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys

MINUTES = 3
NUM_SAMPLES = 1_000_000

_CASES = ("rare_class", "imbalance", "spurious", "thin_group", "losses", "exact_duplicate", "hashes")

_CODE = """
import json, resource, sys, time
import numpy as np, polars as pl
count, name = int(sys.argv[1]), sys.argv[2]
random = np.random.default_rng(0)
found = {}
if name == "hashes":
    from dlpipe.similarity import pairs_within
    hashes = random.integers(0, 2**64, count, dtype=np.uint64)
    for place in random.choice(count, count // 100, replace=False):
        bits = random.choice(64, random.integers(0, 9), replace=False)
        hashes[place] = hashes[random.integers(count)] ^ np.uint64(sum(1 << int(bit) for bit in bits))
    started = time.perf_counter()
    i, j = pairs_within(hashes, 6)
    seconds = time.perf_counter() - started
    few = hashes[: count // 10]
    began = time.perf_counter()
    found_ours = pairs_within(few, 6)[0]
    ours = time.perf_counter() - began
    import faiss
    began = time.perf_counter()
    index = faiss.IndexBinaryMultiHash(64, 4, 16)  # four pieces of 16 bits, one flip in each: exact up to 7
    index.nflip = 1
    index.add(few.view(np.uint8).reshape(-1, 8))
    limits, _, others = index.range_search(few.view(np.uint8).reshape(-1, 8), 7)
    theirs = time.perf_counter() - began
    assert (np.repeat(np.arange(len(few)), np.diff(limits.astype(np.int64))) < others).sum() == len(found_ours)
    sample = random.choice(count, 2000, replace=False)
    expected = {(min(a, b), max(a, b)) for a in sample.tolist()
                for b in np.flatnonzero(np.bitwise_count(hashes ^ hashes[a]) <= 6).tolist() if a != b}
    pairs = set(zip(i.tolist(), j.tolist()))
    found = {"pairs": len(pairs), "pairs of 2,000 by brute force": len(expected), "recall": len(expected & pairs) / len(expected),
             f"seconds for {len(few):,}": round(ours, 1), "the same pairs by FAISS's IndexBinaryMultiHash": round(theirs, 1)}
else:
    from dlpipe.clean.checks import Check, Seen
    from dlpipe.clean.losses import losses_table
    from dlpipe.core import plugin
    from dlpipe.core.table import VOTE_COLUMNS
    ids = pl.Series([f"site/{n:07}.png" for n in range(count)])
    digest = random.permutation(count); digest[: count // 100] = digest[-(count // 100):]
    samples = pl.DataFrame({
        "id": ids, "path": ids, "digest": pl.Series(digest).cast(pl.String),
        "site": pl.Series(random.integers(0, 20, count)).cast(pl.String),
        "age": random.normal(50, 15, count),
    })
    labels = random.choice(["ill", "well", "unclear"], count, p=[0.1, 0.8, 0.1])
    votes = pl.DataFrame({"id": ids, "annotator": ["folder"] * count, "label": labels, "weight": np.ones(count)}).select(list(VOTE_COLUMNS))
    facts = pl.DataFrame({"width": random.integers(200, 4000, count), "height": random.integers(200, 4000, count), "mode": ["RGB"] * count})
    looks = [tuple(row) for row in random.normal(100, 20, (count, 4)).tolist()]
    started = time.perf_counter()
    if name == "losses":
        aside = samples.sample(count // 20, seed=0).select("id", reasons=pl.lit("dark"), by=pl.lit("dark"))
        losses_table(samples, aside, ["site"])
    else:
        check = plugin.make(Check, name, {})
        check.judge(Seen(samples, votes, facts, looks if check.looks_at_samples else [], None))
    seconds = time.perf_counter() - started
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
print(json.dumps({"seconds": round(seconds, 1), "GiB": round(peak, 2), **found}))
"""


def measure() -> dict[str, dict[str, float]]:
    """Seconds and the whole process's peak memory; hashes with their recall against brute force on 2,000 of them."""
    found: dict[str, dict[str, float]] = {}
    for case in _CASES:
        command = [sys.executable, "-c", _CODE, str(NUM_SAMPLES), case]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"{case}: {done.stderr[-3000:]}")
        found[case] = json.loads(done.stdout)
    return found
