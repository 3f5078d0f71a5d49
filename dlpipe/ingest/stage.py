"""Lists the samples of raw/ with their digests and attributes, and what the source says of their labels."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from dlpipe.core import files
from dlpipe.core.config import Section
from dlpipe.core.errors import DlpipeError
from dlpipe.core.plugin import Shown, one
from dlpipe.core.project import smoke_limit
from dlpipe.core.stage import RAW, Summary
from dlpipe.ingest.digests import with_digests
from dlpipe.ingest.sources import Listing, Source

if TYPE_CHECKING:
    from dlpipe.core.stage import Inputs

VERSION = 2

_NOT_STATED = "not stated"
_SET_ASIDE = ("path", "reason", "detail")


class Config(Section):
    """The `ingest` section of a pipeline file."""

    source: Annotated[Shown[Source], one(Source)] = Field(description="Where samples and labels come from.")
    about: str = Field(default="", description="What the data is and who to cite, for the data card.")
    licence: str = Field(default="", description="Licence of the data, for the data card and the model's tags.")
    non_commercial: bool = Field(default=False, description="Whether the data's licence forbids commercial use.")


def run(config: Config, inputs: Inputs, out: Path) -> Summary:
    """Writes `samples.parquet`, `votes.parquet`, `set_aside.parquet` and `card.json`.

    Raises:
        DlpipeError: raw/ gives no sample, or its table of labels is not clear.
    """
    import polars as pl

    from dlpipe.core.table import check_samples, write_table
    from dlpipe.ingest.facts import facts_of, notes_of
    from dlpipe.ingest.limit import spread

    raw = inputs.path(RAW)
    listing = _listing(config.source, inputs, raw)
    samples = listing.samples
    if (limit := smoke_limit()) is not None:
        samples = spread(samples, listing.votes, limit, inputs.dataset.groups, inputs.dataset.seed)
    samples, lost = with_digests(samples, raw)
    set_aside = sorted({*listing.set_aside, *lost})
    if samples.is_empty():
        raise _nothing(config.source, inputs, raw, set_aside)
    votes = listing.votes.join(samples, on="id", how="semi").sort("id", "annotator", "label")
    write_table(check_samples(samples, f"source '{config.source.name}'"), out / "samples.parquet")
    write_table(votes, out / "votes.parquet")
    table = pl.DataFrame(set_aside, schema=dict.fromkeys(_SET_ASIDE, pl.String), orient="row")
    write_table(table, out / "set_aside.parquet")
    facts = facts_of(samples, votes, table, inputs.dataset.task)
    files.write_json(
        out / "card.json", {**_stated(config, inputs), **listing.card, "source": config.source.name, **facts}
    )
    return Summary(facts, notes=notes_of(table, votes, inputs.dataset.task))


def _listing(source: Source, inputs: Inputs, raw: Path) -> Listing:
    import polars as pl

    if not raw.is_dir():
        raise _nothing(source, inputs, raw, [])
    task = inputs.dataset.task
    listing = source.of_task(task).list(raw, inputs.dataset.modality)
    if not task.several:
        return listing
    labels = [task.written(label) for label in listing.votes["label"]]
    return replace(listing, votes=listing.votes.with_columns(label=pl.Series(labels, dtype=pl.String)))


def _nothing(source: Source, inputs: Inputs, raw: Path, set_aside: list[tuple[str, str, str]]) -> DlpipeError:
    noun = inputs.dataset.modality.noun
    reasons = Counter(reason for _, reason, _ in set_aside).most_common()
    why = ", ".join(f"{count} {reason}" for reason, count in reasons)
    problem = f"{raw} holds no {noun}" if raw.is_dir() else f"{raw} is no folder"
    if set_aside:
        problem += f"; set aside: {why} (first: {set_aside[0][0]}, {set_aside[0][2]})"
    if source.packages and source.root is None:
        return DlpipeError(problem, f"`dlpipe fetch {inputs.pipeline}` gets the data")
    fix = f"put {noun}s into {raw}/CLASS/, or point ingest.source.root at the folder that has them"
    return DlpipeError(problem, fix)


def _stated(config: Config, inputs: Inputs) -> dict[str, Any]:
    return {
        "schema_version": 1,
        "name": inputs.pipeline,
        "about": config.about,
        "licence": config.licence or _NOT_STATED,
        "non_commercial": config.non_commercial,
    }
