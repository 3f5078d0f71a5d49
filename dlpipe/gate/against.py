"""The champion asked about today's test samples, and compared with the new model on those that it has never seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from dlpipe.comparison.answers import Answers, IncomparableError, answers_of, pair_of, read_answers
from dlpipe.comparison.paired import How, compare
from dlpipe.core import champion as champions
from dlpipe.core.champion import FITTED, Champion
from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.plugin import restored
from dlpipe.core.project import smoke_limit
from dlpipe.core.say import say
from dlpipe.core.stage import CHAMPION
from dlpipe.core.table import read_table
from dlpipe.tasks import Task

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from dlpipe.core.stage import Inputs
    from dlpipe.gate.stage import Config

LEAST_SAMPLES = 30
"""Fewer that the champion has not seen say nothing, and the comparison is refused."""


def comparison(config: Config, inputs: Inputs, evaluation: Mapping[str, Any]) -> dict[str, Any] | None:
    """How the new model does beside the champion; None while there is none. Where it cannot be said: `reason`.

    Raises:
        DlpipeError: the champion's files cannot be had (4) or are not those promoted (5).
    """
    champion = champions.read(inputs.path(CHAMPION))
    if champion is None:
        return None
    told: dict[str, Any] = {"champion": champion.version, "champion_digest": champion.model_digest}
    if smoke_limit() is not None:
        return {**told, "reason": "a smoke run is not held against the champion"}
    if _is_same(champion, evaluation, inputs.path("export/model.json")):
        return {**told, "same_model": True, "reason": "the model is the champion itself"}
    folder = _files(inputs, champion)
    test, seen = _unseen(inputs, folder)
    told |= {"left_out": seen}
    if test.height < LEAST_SAMPLES:
        words = f"{test.height:,} test samples are left that the champion was not fitted on ({seen:,} are left out)"
        return {**told, "reason": f"{words}; {LEAST_SAMPLES} are needed"}
    try:
        return {**told, **_compared(config, inputs, evaluation, _asked(inputs, folder, test))}
    except IncomparableError as error:
        return {**told, "reason": error.reason}


def _is_same(champion: Champion, evaluation: Mapping[str, Any], description: Path) -> bool:
    from dlpipe.core import files

    return champion.model_digest == evaluation["model_digest"] and champion.description_digest == files.digest(
        description
    )


def _files(inputs: Inputs, champion: Champion) -> Path:
    from dlpipe.tracking.promotion import fetched

    return fetched(inputs.project, inputs.pipeline, champion, "gate")


def _unseen(inputs: Inputs, folder: Path) -> tuple[pl.DataFrame, int]:
    """The labelled test samples that the champion was neither trained nor tuned on, and how many others there are."""
    test = read_table(inputs.path("split/samples.parquet")).filter(pl.col("split") == "test")
    fitted = read_table(folder / FITTED)
    seen = pl.col("id").is_in(fitted["id"].implode())
    if "row" not in test.columns:  # the samples of a table share its digest
        seen |= pl.col("digest").is_in(fitted["digest"].implode())
    left = test.filter(~seen)
    return left, test.height - left.height


def _asked(inputs: Inputs, folder: Path, test: pl.DataFrame) -> Answers:
    """What the champion says of the samples.

    Raises:
        DlpipeError: one cannot be read any more (5).
    """
    import numpy as np

    from dlpipe.encoding import EncodedSamples
    from dlpipe.metrics import Predictions
    from dlpipe.predictor import Predictor

    predictor = Predictor(folder)
    say.note(f"asking the champion about {test.height:,} test samples")
    encoded = EncodedSamples(predictor.modality, inputs.raw, test, "champion")
    groups = predictor.groups_of(test)
    scores = [
        predictor.scores(batch.inputs, None if groups is None else [groups[position] for position in batch.positions])
        for batch in encoded
    ]
    if encoded.unreadable:
        first = encoded.unreadable[0]
        problem = f"{len(encoded.unreadable):,} test samples cannot be read, first {first.id}: {first.detail}"
        raise DlpipeError(problem, f"`dlpipe run {inputs.pipeline}` starts from what raw/ holds now", Exit.INTEGRITY)
    given = Predictions(
        np.concatenate([score.probabilities for score in scores]).astype(np.float64),
        np.concatenate([score.predicted for score in scores]),
        predictor.positive,
    )
    task = None if predictor.thresholds is None else restored(Task, predictor.description["task"])
    return answers_of(test["id"], test["label"], list(predictor.classes), given, task)


def _compared(config: Config, inputs: Inputs, evaluation: Mapping[str, Any], champions: Answers) -> dict[str, Any]:
    from dlpipe.metrics import Metric

    new = read_answers(evaluation, inputs.path("evaluate/predictions.parquet"))
    metrics = {name: restored(Metric, said) for name, said in evaluation["metric_settings"].items()}
    pair = pair_of(new, champions)
    how = How(metrics, config.alpha, config.num_resamples, inputs.dataset.seed)
    drawn_by = {"drawn_by": evaluation["intervals"]["drawn_by"] if pair.clusters is not None else "sample"}
    return {**compare(pair, how), **drawn_by}


def words(comparison: Mapping[str, Any]) -> Iterable[str]:
    """What a person should know of a comparison."""
    if "reason" in comparison:
        yield f"against champion {comparison['champion']}: {comparison['reason']}"
        return
    left = comparison["left_out"]
    out = f", {left:,} left out that it was fitted on" if left else ""
    yield f"against champion {comparison['champion']}: {comparison['num_samples']:,} test samples{out}"
