"""Puts together all that is said of an exported model whose samples may have several classes."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from dlpipe.core.plugin import described
from dlpipe.core.say import say
from dlpipe.core.table import read_table
from dlpipe.evaluate import beyond, scoring
from dlpipe.evaluate.baselines import Baseline, Part, vectors_of
from dlpipe.evaluate.evaluation import (
    SCHEMA_VERSION,
    Evaluated,
    groups_of,
    intervals,
    measured,
    resamples,
    segments,
)
from dlpipe.evaluate.fitting import fitting
from dlpipe.evaluate.groups import SMALL, by_group, grouped
from dlpipe.evaluate.measuring import Ruler
from dlpipe.evaluate.properties import Looks
from dlpipe.evaluate.representation import representation
from dlpipe.evaluate.several.baselines import fit_baselines
from dlpipe.evaluate.several.classes import by_class, reliability, uneven

if TYPE_CHECKING:
    import polars as pl

    from dlpipe.core.stage import Inputs
    from dlpipe.evaluate.stage import Config
    from dlpipe.predictor import Predictor

LEFT_OUT = {
    "selective": "how sure one answer is says nothing of a whole set of classes",
    "conformal": "sets of possible labels are made for samples of one class each",
    "out_of_distribution": "scores of foreignness go by the one class of a training sample",
    "confusion": "a sample of several classes is not taken for another one: per_class counts what is found, missed and added",
}
"""Parts of an evaluation that there are not, and why."""


def evaluate(config: Config, inputs: Inputs, predictor: Predictor) -> Evaluated:
    """Everything that is measured of the exported model.

    Raises:
        DlpipeError: a metric does not suit (exit 2), no test samples (exit 3); another model or other data (exit 5).
    """
    task = inputs.dataset.task
    metrics = fitting(config, task)
    parts = scoring.parts_of(read_table(inputs.path("split/samples.parquet")))
    test = parts["test"]
    groups = grouped(test, inputs.dataset.groups)
    scoring.check_same(predictor, inputs.dataset, parts)
    classes, thresholds = list(predictor.classes), predictor.thresholds
    if thresholds is None:
        raise ValueError("the exported model has no thresholds, though its task is of several labels")
    y_true = task.encode(test["label"], classes)
    draw = partial(resamples, config, inputs.dataset.seed, several=True)
    ruler = Ruler(metrics, y_true, draw(test), config.confidence)
    looks = Looks()
    predictions = scoring.scored(predictor, inputs.raw, test, looks)
    baselines = _baselines(inputs, parts, classes) if config.baselines else {}
    say.note(f"measuring on {test.height:,} test samples with {config.num_resamples:,} resamples")
    found = {
        "schema_version": SCHEMA_VERSION,
        "task": described(task),
        "num_samples": test.height,
        "seen_in_training": scoring.seen_in_training(parts),
        "model_digest": predictor.digest,
        "classes": classes,
        "positive": None,
        "thresholds": dict(zip(classes, thresholds, strict=True)),
        "small_group": SMALL,
        "intervals": _intervals(config, test),
        **measured(ruler, predictions, baselines),
        "baseline_settings": {name: baseline.setting for name, baseline in baselines.items()},
        "per_class": by_class(ruler, predictions, classes, thresholds),
        "groups": by_group(ruler, predictions, groups),
        **uneven(ruler, predictions, classes, groups, config.fairness),
        "representation": representation(parts, groups_of(parts, inputs.dataset.groups), []),
        "reliability": reliability(y_true, predictions, classes),
        **(segments(config, inputs, parts, ruler, predictions, looks.values()) if config.slices else {}),
        **beyond.measure(config, inputs, parts, predictor, predictions, draw),
        "left_out": LEFT_OUT,
    }
    return Evaluated(found, test, y_true, predictions, baselines, classes)


def _intervals(config: Config, test: pl.DataFrame) -> dict[str, Any]:
    told = intervals(config, test)
    return told if "num_clusters" in told else {**told, "drawn_by": "sample"}


def _baselines(inputs: Inputs, parts: dict[str, pl.DataFrame], classes: list[str]) -> dict[str, Baseline]:
    say.note("fitting the baselines on the backbone's vectors")
    vectors = read_table(inputs.path("embed/vectors.parquet"))
    numbers = {
        name: Part(vectors_of(part, vectors), inputs.dataset.task.encode(part["label"], classes))
        for name, part in parts.items()
    }
    return fit_baselines(numbers)
