"""Stage `clean`: looks for bad samples and sets them aside, with reasons. Nothing in raw/ is touched."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from dlpipe.clean.checks import Check
from dlpipe.clean.decide import Outcome, decide
from dlpipe.clean.jury import Tables
from dlpipe.clean.losses import losses
from dlpipe.clean.scan import scan
from dlpipe.clean.verdicts import read_verdicts
from dlpipe.core import plugin
from dlpipe.core.config import Section
from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.plugin import Shown, many
from dlpipe.core.say import say
from dlpipe.core.stage import Inputs, Summary
from dlpipe.core.table import check_samples, read_table, write_table

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    import polars as pl

    from dlpipe.clean.scan import Evidence
    from dlpipe.clean.verdicts import Verdict
    from dlpipe.modalities import Modality

VERSION = 1

_USUAL = ("exact_duplicate", "near_duplicate", "dark", "bright", "blurry", "odd_size")


def _usual() -> dict[str, Check]:
    return {name: plugin.make(Check, name, {}) for name in _USUAL}


class Config(Section):
    """The `clean` section."""

    checks: Annotated[dict[str, Shown[Check]], many(Check)] = Field(
        default_factory=_usual,
        description=f"Checks by name with their settings; if not said {', '.join(_USUAL)}, as far as they suit the data.",
    )


def run(config: Config, inputs: Inputs, out: Path) -> Summary:
    """Writes `samples.parquet` (kept), `set_aside.parquet` (with reasons) and `issues.parquet` (all scores).

    Raises:
        DlpipeError: a bad line of verdicts, a check for another kind of media, or a changed file.
    """
    samples = check_samples(read_table(inputs.path("ingest/samples.parquet")), "ingest")
    verdicts = read_verdicts(inputs.path("annotations/verdicts.jsonl"), samples["id"].to_list())
    checks = _fitting(config, inputs.dataset.modality)
    evidence = scan(inputs.dataset.modality.reader(inputs.raw, samples), checks)
    uses_vectors = any(check.uses_vectors for check in checks.values())
    vectors = _vectors(inputs, samples[evidence.readable]) if uses_vectors else None
    votes = read_table(inputs.path("ingest/votes.parquet"))
    outcome = decide(Tables(samples, votes, vectors), evidence, checks, verdicts)
    write_table(outcome.kept, out / "samples.parquet")
    write_table(outcome.set_aside, out / "set_aside.parquet")
    write_table(outcome.issues, out / "issues.parquet")
    _warn(samples, outcome, evidence, verdicts, inputs.dataset.groups)
    return Summary(_facts(samples, outcome, verdicts), _refusal(samples, outcome))


def _fitting(config: Config, modality: Modality) -> dict[str, Check]:
    """The checks that understand this modality; one that was asked for and does not is an error."""
    fitting = {
        name: check for name, check in config.checks.items() if modality.name in (check.modalities or [modality.name])
    }
    strange = [name for name in config.checks if name not in fitting]
    if strange and "checks" in config.model_fields_set:
        understood = ", ".join(config.checks[strange[0]].modalities)
        problem = f"clean.checks.{strange[0]} understands {understood}, the data set's modality is {modality.name}"
        raise DlpipeError(problem, f"take '{strange[0]}' out of clean.checks")
    return fitting


def _vectors(inputs: Inputs, readable: pl.DataFrame) -> np.ndarray[Any, Any]:
    """Shape (n, F) in the order of `readable`."""
    table = read_table(inputs.path("embed/vectors.parquet"))
    joined = readable.select("id").join(table, on="id", how="left", maintain_order="left")
    if joined["vector"].null_count():
        problem = f"embed has no vector for {joined['vector'].null_count()} samples that can be decoded"
        raise DlpipeError(problem, f"run `dlpipe embed {inputs.pipeline}` again", Exit.INTEGRITY)
    return joined["vector"].to_numpy()


def _facts(samples: pl.DataFrame, outcome: Outcome, verdicts: Mapping[str, Verdict]) -> dict[str, Any]:
    found = Counter(name for names in outcome.set_aside["by"] for name in names.split(", "))
    issues = outcome.issues.filter("is_issue")["check"].value_counts().sort("check")
    return {
        "num_samples": samples.height,
        "num_kept": outcome.kept.height,
        "num_set_aside": outcome.set_aside.height,
        "set_aside": dict(sorted(found.items())),
        "issues": dict(issues.iter_rows()),
        "verdicts": dict(sorted(Counter(verdict.verdict for verdict in verdicts.values()).items())),
    }


def _warn(
    samples: pl.DataFrame,
    outcome: Outcome,
    evidence: Evidence,
    verdicts: Mapping[str, Verdict],
    groups: list[str],
) -> None:
    for sample in evidence.unreadable:
        if sample.id in verdicts and verdicts[sample.id].verdict == "keep":
            say.warn(
                f"'{sample.id}' cannot be kept as {verdicts[sample.id].by} wishes: {sample.reason}, {sample.detail}"
            )
    differing = outcome.issues.filter(outcome.issues["reason"].str.contains("labels differ: ", literal=True))
    if differing.height:
        say.warn(
            f"{differing.height} samples with equal content have different labels, as '{differing['id'][0]}': see issues.parquet"
        )
    for sentence in losses(samples, outcome.kept, groups):
        say.warn(sentence)


def _refusal(samples: pl.DataFrame, outcome: Outcome) -> DlpipeError | None:
    if outcome.kept.height:
        return None
    if not samples.height:
        return DlpipeError("there are no samples", "put media into raw/, then run `dlpipe run`", Exit.NO)
    common = Counter(outcome.set_aside["by"].to_list()).most_common(1)[0]
    problem = f"all {samples.height} samples were set aside, {common[1]} of them by {common[0]}"
    fix = "see set_aside.parquet for each one's reason; mend the files or soften clean.checks"
    return DlpipeError(problem, fix, Exit.NO)
