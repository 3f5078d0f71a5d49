"""Stage `clean`: looks for bad samples and sets them aside, with reasons. Nothing in raw/ is touched."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, ValidationInfo, field_validator

from dlpipe.clean.anomalies import sentence
from dlpipe.clean.audit import Subject, audit, fitting, set_issues
from dlpipe.clean.checks import Check
from dlpipe.clean.decide import UNREADABLE
from dlpipe.clean.journal import Journal
from dlpipe.clean.limits import SET_ASIDE, Limit, check_names
from dlpipe.clean.report import refusal, report
from dlpipe.clean.report_page import page
from dlpipe.clean.scan import scan_key
from dlpipe.clean.schema import Schema
from dlpipe.clean.verdicts import read_verdicts
from dlpipe.core import files, plugin
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

    from dlpipe.clean.audit import Audit

VERSION = 14

_USUAL = (
    *("exact_duplicate", "same_pixels", "near_duplicate", "dark", "bright", "blurry", "low_information", "odd_size"),
    *("odd_aspect", "odd_colour", "odd_mode", "several_frames", "wrong_name", "private_metadata"),
)
_USUAL_OF_THE_SET = ("rare_class", "imbalance", "spurious", "thin_group")


def usual() -> dict[str, Check]:
    """The checks of a pipeline that names none."""
    return {name: plugin.make(Check, name, {}) for name in (*_USUAL, *_USUAL_OF_THE_SET)}


class Config(Section):
    """The `clean` section."""

    checks: Annotated[dict[str, Shown[Check]], many(Check)] = Field(
        default_factory=usual,
        description=f"Checks by name with their settings; if not said {', '.join((*_USUAL, *_USUAL_OF_THE_SET))}, as far as they suit the data.",
    )
    limits: dict[str, Limit] = Field(
        default={},
        description=f"By check, `{UNREADABLE}` or `{SET_ASIDE}`: what share of all samples may have the issue. "
        "Exit code 3 where there are more.",
    )
    contract: Schema | None = Field(
        default=None,
        description="What the samples are like, as `dlpipe schema NAME` writes it: differences are said, or end with "
        "exit code 3. Not said: as they come.",
    )

    @field_validator("limits")
    @classmethod
    def _known(cls, limits: dict[str, Limit], info: ValidationInfo) -> dict[str, Limit]:
        if "checks" in info.data:
            check_names(limits, [*info.data["checks"], UNREADABLE, SET_ASIDE])
        return limits


def run(config: Config, inputs: Inputs, out: Path) -> Summary:
    """Writes what was kept and set aside with reasons, all scores, and the report.

    `samples.parquet`, `set_aside.parquet`, `issues.parquet`; `report.html` for people, `report.json` for programs.

    Kept samples that are copies of one another stand in `duplicates.parquet`, with the cluster that must stay together;
    what concerns the set as a whole stands in `set_issues.parquet`.

    Raises:
        DlpipeError: a bad line of verdicts, a check for another kind of media, or a changed file.
    """
    samples = check_samples(read_table(inputs.path("ingest/samples.parquet")), "ingest")
    verdicts = read_verdicts(inputs.path("annotations/verdicts.jsonl"), samples["id"].to_list())
    modality = inputs.dataset.modality
    task = inputs.dataset.task
    checks = fitting(config.checks, modality, task, asked="checks" in config.model_fields_set)
    votes = read_table(inputs.path("ingest/votes.parquet"))
    subject = Subject(inputs.pipeline, samples, votes, inputs.raw, modality, inputs.dataset.groups, task)
    journal = Journal(inputs.cache / f"{out.parent.name}.jsonl", scan_key(subject.reader(), checks, VERSION))
    seen = audit(subject, checks, verdicts, lambda readable: _vectors(inputs, readable), journal)
    answer = report(seen, config.limits, config.contract)
    write_table(seen.outcome.kept, out / "samples.parquet")
    write_table(seen.outcome.set_aside, out / "set_aside.parquet")
    write_table(seen.outcome.issues, out / "issues.parquet")
    write_table(seen.outcome.duplicates, out / "duplicates.parquet")
    write_table(set_issues(seen), out / "set_issues.parquet")
    files.write_json(out / "report.json", answer)
    files.write_text(out / "report.html", page(answer, subject, pipeline=inputs.pipeline))
    for said in [*answer["warnings"], *_softly(answer)]:
        say.warn(said)
    return Summary(_facts(answer), _refusal(inputs, seen, answer), spent=journal.path)


def _softly(answer: Mapping[str, Any]) -> list[str]:
    """What is not as it was agreed and does not stop the pipeline."""
    limits = [f"{limit['name']}: {limit['why']}" for limit in answer["limits"] if limit["verdict"] == "warn"]
    return limits + [sentence(each) for each in answer["anomalies"] or [] if each["severity"] == "warning"]


def _vectors(inputs: Inputs, readable: pl.DataFrame) -> np.ndarray[Any, Any]:
    """Shape (n, F) in the order of `readable`."""
    table = read_table(inputs.path("embed/vectors.parquet"))
    joined = readable.select("id").join(table, on="id", how="left", maintain_order="left")
    if joined["vector"].null_count():
        problem = f"embed has no vector for {joined['vector'].null_count()} samples that can be decoded"
        raise DlpipeError(problem, f"run `dlpipe embed {inputs.pipeline}` again", Exit.INTEGRITY)
    return joined["vector"].to_numpy()


def _facts(answer: Mapping[str, Any]) -> dict[str, Any]:
    by_one = Counter[str]()
    for names, count in answer["set_aside"].items():
        by_one.update(dict.fromkeys(names.split(", "), count))
    issues = {name: check["num_issues"] for name, check in answer["checks"].items()}
    issues[UNREADABLE] = answer["unreadable"]["num_samples"]
    return {
        **{name: answer[name] for name in ("num_samples", "num_kept", "num_set_aside")},
        "set_aside": dict(sorted(by_one.items())),
        "issues": {name: count for name, count in sorted(issues.items()) if count},
        "about_set": answer["about_set"]["by_check"],
        "limits": {limit["name"]: limit["verdict"] for limit in answer["limits"]},
        "anomalies": dict(sorted(Counter(each["kind"] for each in answer["anomalies"] or []).items())),
        "verdicts": answer["verdicts"]["counts"],
    }


def _refusal(inputs: Inputs, seen: Audit, answer: Mapping[str, Any]) -> DlpipeError | None:
    if seen.outcome.kept.height:
        file = inputs.project.pipeline_file(inputs.pipeline)
        return refusal(answer, f"see report.html; better data, or what clean.limits and clean.contract allow in {file}")
    if not seen.subject.samples.height:
        return DlpipeError("there are no samples", "put media into raw/, then run `dlpipe run`", Exit.NO)
    common = Counter(seen.outcome.set_aside["by"].to_list()).most_common(1)[0]
    problem = f"all {seen.subject.samples.height} samples were set aside, {common[1]} of them by {common[0]}"
    fix = "see set_aside.parquet for each one's reason; mend the files or soften clean.checks"
    return DlpipeError(problem, fix, Exit.NO)
