"""From evidence to what stays: checks judge, people decide, and no sample gets lost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from dlpipe import similarity
from dlpipe.clean.jury import ISSUE_COLUMNS, Jury, Tables

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dlpipe.clean.checks import Check
    from dlpipe.clean.scan import Evidence
    from dlpipe.clean.verdicts import Verdict

UNREADABLE = "unreadable"
"""Stands where other issues have their check's name; it is not optional."""
PERSON = "person"

_ASIDE_COLUMNS = {"id": pl.String, "reasons": pl.String, "by": pl.String}


@dataclass(frozen=True)
class Outcome:
    """What the stage writes, all sorted by id."""

    kept: pl.DataFrame
    set_aside: pl.DataFrame
    issues: pl.DataFrame
    duplicates: pl.DataFrame
    """Kept samples that are copies of one another, as `id` and `cluster`: the smallest id of those that belong together.

    A person may keep a copy, or a check may only report them; whoever splits must not part them.
    """
    set_issues: pl.DataFrame
    """What checks say of the set as a whole, sorted by check, the worst first."""


def decide(tables: Tables, evidence: Evidence, checks: Mapping[str, Check], verdicts: Mapping[str, Verdict]) -> Outcome:
    """Every sample's fate. What cannot be decoded is set aside whatever a person says."""
    jury = Jury(tables, evidence, checks)
    said = [verdicts[sample_id].verdict if sample_id in verdicts else "" for sample_id in jury.samples["id"]]
    dropped = np.array([word == "drop" for word in said], bool)
    jury.alive &= ~dropped
    jury.settle(np.array([word == "keep" for word in said], bool))
    issues = pl.concat([jury.issues(), _unreadable(evidence)]).sort("id", "check")
    kept = jury.samples.filter(jury.alive)
    aside = [_by_checks(issues, kept, checks), _by_people(jury.samples["id"].filter(dropped), verdicts)]
    gone = pl.concat(aside).sort("id")
    outcome = Outcome(kept, gone, issues, _duplicates(issues, kept), jury.set_issues())
    return _conserving(outcome, tables.samples)


def _duplicates(issues: pl.DataFrame, kept: pl.DataFrame) -> pl.DataFrame:
    """Clusters of two or more kept samples, from what the checks that compare said."""
    place = kept.select("id").sort("id").with_row_index("place")
    pairs = (
        issues.filter("is_issue").join(place, on="id").join(place, left_on="partner", right_on="id", suffix="_other")
    )
    cluster = similarity.clusters(place.height, pairs["place"].to_numpy(), pairs["place_other"].to_numpy())
    found = place.select("id", cluster=pl.Series(place["id"].gather(cluster)))
    return found.filter(pl.len().over("cluster") > 1)


def _unreadable(evidence: Evidence) -> pl.DataFrame:
    rows = [
        {
            "id": sample.id,
            "check": UNREADABLE,
            "score": 1.0,
            "is_issue": True,
            "reason": f"{sample.reason}: {sample.detail}",
        }
        for sample in evidence.unreadable
    ]
    return pl.DataFrame(rows, schema=ISSUE_COLUMNS)


def _by_checks(issues: pl.DataFrame, kept: pl.DataFrame, checks: Mapping[str, Check]) -> pl.DataFrame:
    """Reasons and checks of each sample that left for an issue."""
    decisive = [UNREADABLE, *(name for name, check in checks.items() if check.sets_aside)]
    left = issues.filter("is_issue", pl.col("check").is_in(decisive)).join(kept, on="id", how="anti")
    score = pl.format("score {}", pl.col("score").round(2))
    reason = pl.when(pl.col("reason") == "").then(score).otherwise(pl.col("reason"))
    grouped = left.group_by("id", maintain_order=True)
    return grouped.agg(reason.str.join("; ").alias("reasons"), pl.col("check").str.join(", ").alias("by"))


def _by_people(dropped: pl.Series, verdicts: Mapping[str, Verdict]) -> pl.DataFrame:
    said = [verdicts[sample_id] for sample_id in dropped]
    reasons = [f"dropped by {verdict.by}" + (f": {verdict.why}" if verdict.why else "") for verdict in said]
    return pl.DataFrame({"id": dropped, "reasons": reasons, "by": [PERSON] * len(said)}, schema=_ASIDE_COLUMNS)


def _conserving(outcome: Outcome, samples: pl.DataFrame) -> Outcome:
    """`outcome`, if every sample has exactly one fate; anything else is a bug."""
    fates = pl.concat([outcome.kept["id"], outcome.set_aside["id"]]).sort()
    if not fates.equals(samples["id"].sort()):
        raise AssertionError(f"clean lost or doubled a sample: {samples.height} came in, {len(fates)} have a fate")
    return outcome
