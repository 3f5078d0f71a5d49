"""The audit as an answer: `report.json`, from which the page, the terminal's table and the limits all speak."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from dlpipe.clean.anomalies import anomalies, sentence
from dlpipe.clean.audit import set_issues, warnings
from dlpipe.clean.checks import SetCheck
from dlpipe.clean.classes import by_class
from dlpipe.clean.decide import PERSON, UNREADABLE
from dlpipe.clean.limits import SET_ASIDE, broken, judged
from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.plugin import summary

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dlpipe.clean.audit import Audit
    from dlpipe.clean.checks import Check
    from dlpipe.clean.limits import Limit
    from dlpipe.clean.schema import Schema

SCHEMA_VERSION = 1

_BINS = 25
_WORST = 12
_NEAREST = 4
"""Samples shown of a check that finds nothing: they say how far its threshold is."""
_LISTED = 200
"""Unreadable files, verdicts and findings about the set that are listed; the tables have all."""


def report(seen: Audit, limits: Mapping[str, Limit], schema: Schema | None = None) -> dict[str, Any]:
    """What came in, what became of it and why, in plain values; equal for equal samples, settings and verdicts.

    `anomalies` is null where there is no schema to differ from.
    """
    outcome, total = seen.outcome, seen.subject.samples.height
    counted = _accepted_left_out(seen)
    sizes = {**dict(counted["check"].value_counts().iter_rows()), SET_ASIDE: outcome.set_aside.height}
    fates = _fates(seen)
    return {
        "schema_version": SCHEMA_VERSION,
        "name": seen.subject.name,
        "noun": seen.subject.modality.noun,
        "num_samples": total,
        "num_kept": outcome.kept.height,
        "num_set_aside": outcome.set_aside.height,
        "set_aside": dict(sorted(Counter(outcome.set_aside["by"].to_list()).items(), key=lambda by: (-by[1], by[0]))),
        "limits": [judged(name, limit, sizes.get(name, 0), total) for name, limit in limits.items()],
        "anomalies": None if schema is None else anomalies(schema, *_tables(seen)),
        "warnings": warnings(seen),
        "checks": {name: _check(name, check, seen, fates) for name, check in seen.checks.items()},
        "about_set": _about_set(set_issues(seen)),
        "unreadable": _unreadable(seen),
        "verdicts": _verdicts(seen),
    }


def refusal(answer: Mapping[str, Any], fix: str) -> DlpipeError | None:
    """The answer no, with every limit that is not kept and every difference from the schema that is an error."""
    unlike = [sentence(each) for each in answer["anomalies"] or [] if each["severity"] == "error"]
    found = [*broken(answer["limits"]), *unlike]
    if not found:
        return None
    head = "the data is not what its limits and its schema allow" if unlike else "more is wrong than the limits allow"
    return DlpipeError("\n".join([head, *(f"  {each}" for each in found)]), fix, Exit.NO)


def _tables(seen: Audit) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    return seen.subject.samples, by_class(seen.subject.votes, seen.subject.task), seen.evidence.facts_table()


def _accepted_left_out(seen: Audit) -> pl.DataFrame:
    """Issues that nobody has decided to live with."""
    kept = [sample_id for sample_id, verdict in seen.verdicts.items() if verdict.verdict == "keep"]
    issues = seen.outcome.issues.filter("is_issue")
    return issues.filter((pl.col("check") == UNREADABLE) | ~pl.col("id").is_in(kept))


def _fates(seen: Audit) -> dict[str, str]:
    kept = {
        sample_id: f"kept by {seen.verdicts[sample_id].by}" if sample_id in seen.verdicts else "kept"
        for sample_id in seen.outcome.kept["id"]
    }
    return kept | dict.fromkeys(seen.outcome.set_aside["id"].to_list(), "set aside")


def _check(name: str, check: Check, seen: Audit, fates: Mapping[str, str]) -> dict[str, Any]:
    said = seen.outcome.issues.filter(pl.col("check") == name)
    issues = said.filter("is_issue")
    counts, _ = np.histogram(said["score"].to_numpy(), bins=_BINS, range=(0, 1))
    shown = issues if issues.height else said.filter(pl.col("score") > 0)
    worst = shown.sort("score", "id", descending=[True, False]).head(_WORST if issues.height else _NEAREST)
    aside = seen.outcome.set_aside.filter(pl.col("by").str.split(", ").list.contains(name))
    return {
        "about": summary(type(check)),
        "threshold": check.threshold,
        "sets_aside": check.sets_aside,
        "compares": check.compares,
        "of_set": isinstance(check, SetCheck),
        "num_judged": said.height,
        "num_issues": issues.height,
        "num_set_aside": aside.height,
        "scores": counts.tolist(),
        "worst": [
            {**row, "score": round(row["score"], 6), "fate": fates[row["id"]]}
            for row in worst.select("id", "score", "is_issue", "reason", "partner").iter_rows(named=True)
        ],
    }


def _about_set(found: pl.DataFrame) -> dict[str, Any]:
    """What concerns the set as a whole, issues first; by check, and `losses` where cleaning took more from one group."""
    issues = found.filter("is_issue")
    ordered = found.sort("is_issue", "score", "check", "subject", descending=[True, True, False, False])
    rows = ordered.head(_LISTED).iter_rows(named=True)
    return {
        "num_issues": issues.height,
        "by_check": dict(sorted(Counter(issues["check"].to_list()).items())),
        "listed": [{**row, "score": round(row["score"], 6)} for row in rows],
    }


def _unreadable(seen: Audit) -> dict[str, Any]:
    found = sorted(seen.evidence.unreadable, key=lambda sample: sample.id)
    return {
        "num_samples": len(found),
        "reasons": dict(sorted(Counter(sample.reason for sample in found).items())),
        "listed": [{"id": each.id, "reason": each.reason, "detail": each.detail} for each in found[:_LISTED]],
    }


def _verdicts(seen: Audit) -> dict[str, Any]:
    counts = Counter(verdict.verdict for verdict in seen.verdicts.values())
    dropped = seen.outcome.set_aside.filter(by=PERSON).height
    listed = [seen.verdicts[sample_id].model_dump() for sample_id in sorted(seen.verdicts)[:_LISTED]]
    return {"counts": dict(sorted(counts.items())), "num_dropped": dropped, "listed": listed}
