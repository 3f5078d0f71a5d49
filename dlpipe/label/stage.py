"""Stage `label`: turns votes and people's labels into one label a sample. Unlabelled samples stay."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Annotated, Any

import polars as pl
from pydantic import Field

from dlpipe.core import plugin
from dlpipe.core.config import Section
from dlpipe.core.plugin import Shown, one
from dlpipe.core.say import say
from dlpipe.core.stage import Inputs, Summary
from dlpipe.core.table import check_samples, read_table, write_table
from dlpipe.label.by_class import by_class
from dlpipe.label.labelers import Labeler
from dlpipe.label.people import read_given

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from dlpipe.label.people import Given
    from dlpipe.tasks import Task

VERSION = 1

PERSON = "person"
_COLUMNS = {"id": pl.String, "label": pl.String, "label_origin": pl.String, "label_confidence": pl.Float64}


def _votes() -> Labeler:
    return plugin.make(Labeler, "votes", {})


class Config(Section):
    """The `label` section."""

    labeler: Annotated[Shown[Labeler], one(Labeler)] = Field(
        default_factory=_votes, description="How votes become labels; `votes` if not said. People's labels win."
    )


def run(config: Config, inputs: Inputs, out: Path) -> Summary:
    """Writes `samples.parquet` with `label`, `label_origin` and `label_confidence`.

    Raises:
        DlpipeError: a bad line of people's labels.
    """
    samples = check_samples(read_table(inputs.path("clean/samples.parquet")), "clean")
    ids = samples["id"].to_list()
    votes = read_table(inputs.path("ingest/votes.parquet")).join(samples.select("id"), on="id", how="semi")
    task: Task = inputs.dataset.task
    known = {name for label in votes["label"].unique() for name in task.names(label)}
    given = read_given(inputs.path("annotations/labels.jsonl"), ids, known, task)
    labels = _combined(_labels(config.labeler, samples, votes, task), given, task)
    labelled = samples.join(labels, on="id", how="left", maintain_order="left")
    if labelled.height != len(ids):
        raise AssertionError(f"label lost or doubled a sample: {len(ids)} came in, {labelled.height} go out")
    write_table(labelled, out / "samples.parquet")
    facts = _facts(labelled, task)
    if not facts["num_labelled"]:
        say.warn("no sample has a label; folders of raw/, a label table or annotations/labels.jsonl give them")
    return Summary(facts)


def _labels(labeler: Labeler, samples: pl.DataFrame, votes: pl.DataFrame, task: Task) -> pl.DataFrame:
    """What the labeler says; where a sample may have several classes it is asked about each of them by itself."""
    if not task.several:
        return _checked(labeler, samples, votes)
    return by_class(lambda of_one: _checked(labeler, samples, of_one), votes, task).select(*_COLUMNS)


def _checked(labeler: Labeler, samples: pl.DataFrame, votes: pl.DataFrame) -> pl.DataFrame:
    """What the labeler says, if it keeps its kind's contract; else a bug of it."""
    labels = labeler.label(samples, votes).select(pl.col(column).cast(kind) for column, kind in _COLUMNS.items())
    confidence = labels["label_confidence"]
    if labels["id"].is_duplicated().any() or labels.null_count().sum_horizontal().item():
        raise ValueError(f"labeler {labeler.name} gave a sample two labels, or a null")
    if not ((confidence >= 0) & (confidence <= 1 + 1e-9)).all():  # also false for NaN
        raise ValueError(f"labeler {labeler.name} gave a confidence outside [0, 1]")
    return labels


def _combined(labels: pl.DataFrame, given: Mapping[str, Given], task: Task) -> pl.DataFrame:
    """`labels`, with people's in their place."""
    rows = [(sample_id, task.written(line.label), PERSON, 1.0) for sample_id, line in given.items()]
    people = pl.DataFrame(rows, schema=_COLUMNS, orient="row")
    return pl.concat([labels.join(people, on="id", how="anti"), people])


def _facts(labelled: pl.DataFrame, task: Task) -> dict[str, Any]:
    """Counts; labels by name, each with its origins. Of several labels a sample counts for each of them."""
    known = labelled.filter(pl.col("label").is_not_null())
    each = zip(known["label"].to_list(), known["label_origin"].to_list(), strict=True)
    pairs = Counter((name, origin) for label, origin in each for name in task.names(label))
    labels: dict[str, dict[str, int]] = {}
    for (label, origin), count in sorted(pairs.items()):
        labels.setdefault(label, {})[origin] = count
    return {
        "num_samples": labelled.height,
        "num_labelled": known.height,
        "num_unlabelled": labelled.height - known.height,
        "labels": labels,
        **({"num_without_class": known.filter(pl.col("label") == "").height} if task.several else {}),
    }
