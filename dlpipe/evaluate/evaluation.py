"""Puts together all that is said of the exported model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.plugin import described
from dlpipe.core.say import say
from dlpipe.core.table import attributes, read_table
from dlpipe.evaluate import beyond, scoring
from dlpipe.evaluate.baselines import Baseline, Part, fit_baselines, vectors_of
from dlpipe.evaluate.fitting import fitting
from dlpipe.evaluate.groups import SMALL, by_group, column, gaps, grouped
from dlpipe.evaluate.measuring import Ruler
from dlpipe.evaluate.per_class import by_class
from dlpipe.evaluate.plots import calibration_table
from dlpipe.evaluate.properties import Looks, clusters, slices
from dlpipe.evaluate.representation import amplification, representation
from dlpipe.evaluate.selective import conformal, selective
from dlpipe.evaluate.weak import Question, weak_segments
from dlpipe.statistics import Resamples, by_cluster, by_label

if TYPE_CHECKING:
    from dlpipe.core.stage import Inputs
    from dlpipe.decision import GroupRules
    from dlpipe.evaluate.stage import Config
    from dlpipe.metrics import Predictions
    from dlpipe.predictor import Predictor

SCHEMA_VERSION = 1


@dataclass(frozen=True)
class Evaluated:
    """The evaluation, and what plots and pictures are made from."""

    evaluation: dict[str, Any]
    """As `evaluation.json` holds it."""
    samples: pl.DataFrame
    """The test samples."""
    y_true: NDArray[Any]
    predictions: Predictions
    baselines: dict[str, Baseline]
    classes: list[str]
    group_rules: GroupRules | None = None
    """How the model decides by group, if it does."""


def evaluate(config: Config, inputs: Inputs, predictor: Predictor) -> Evaluated:
    """Everything that is measured of the exported model.

    Raises:
        DlpipeError: no test samples (exit 3); another model, other data, or unreadable samples (exit 5).
    """
    parts = scoring.parts_of(read_table(inputs.path("split/samples.parquet")))
    test = parts["test"]
    groups = grouped(test, inputs.dataset.groups)
    scoring.check_same(predictor, inputs.dataset, parts)
    classes = list(predictor.classes)
    y_true = inputs.dataset.task.encode(test["label"], classes)
    draw = partial(resamples, config, inputs.dataset.seed)
    metrics = fitting(config, inputs.dataset.task)
    ruler = Ruler(metrics, y_true, draw(test), config.confidence)
    looks = Looks()
    predictions = scoring.scored(predictor, inputs.raw, test, looks)
    baselines = _baselines(inputs, parts, classes, predictor.positive) if config.baselines else {}
    say.note(f"measuring on {test.height:,} test samples with {config.num_resamples:,} resamples")
    found = {
        "schema_version": SCHEMA_VERSION,
        "num_samples": test.height,
        "seen_in_training": scoring.seen_in_training(parts),
        "model_digest": predictor.digest,
        "classes": classes,
        "positive": predictor.positive,
        "small_group": SMALL,
        "intervals": intervals(config, test),
        **measured(ruler, predictions, baselines),
        "baseline_settings": {name: baseline.setting for name, baseline in baselines.items()},
        "per_class": by_class(ruler, predictions, classes),
        "groups": by_group(ruler, predictions, groups),
        **_uneven(ruler, predictions, groups, config, classes),
        "representation": representation(parts, groups_of(parts, inputs.dataset.groups), classes),
        "selective": selective(ruler, predictions),
        "conformal": conformal(ruler, predictions, predictor.description.get("conformal")),
        "reliability": calibration_table(y_true, predictions).with_columns(pl.selectors.float().round(6)).to_dicts(),
        **(segments(config, inputs, parts, ruler, predictions, looks.values()) if config.slices else {}),
        **beyond.measure(config, inputs, parts, predictor, predictions, draw),
        "confusion": {"classes": classes, "counts": _confusion(y_true, predictions.predicted, len(classes))},
    }
    return Evaluated(found, test, y_true, predictions, baselines, classes, predictor.group_rules)


def _uneven(
    ruler: Ruler, predictions: Predictions, groups: dict[str, NDArray[Any]], config: Config, classes: list[str]
) -> dict[str, Any]:
    found = gaps(ruler, predictions, groups, config.fairness)
    amplified = amplification(ruler, predictions, groups, classes)
    return {"fairness": found.differences, "fairness_ratio": found.ratios, "bias_amplification": amplified}


def groups_of(parts: dict[str, pl.DataFrame], wanted: Sequence[str]) -> dict[str, dict[str, NDArray[Any]]]:
    """By split and attribute, the group of each sample."""
    return {split: {name: column(part, name, "dataset.groups") for name in wanted} for split, part in parts.items()}


def segments(
    config: Config,
    inputs: Inputs,
    parts: dict[str, pl.DataFrame],
    ruler: Ruler,
    predictions: Predictions,
    seen: dict[str, NDArray[Any]],
) -> dict[str, Any]:
    """`slices`: all metrics by quarters of properties and kinds of look; `weak_segments`: what was searched and found."""
    test, seed = parts["test"], inputs.dataset.seed
    vectors = read_table(inputs.path("embed/vectors.parquet"))
    look = clusters(vectors_of(parts["train"], vectors), vectors_of(test, vectors), seed)
    apart = [name for name in attributes(test) if name != config.cluster_by]
    named = {name: column(test, name, "evaluate") for name in apart}
    found = slices({}, seen, look)
    same = predictions.predicted == ruler.y_true
    right = (same if same.ndim == 1 else same.all(axis=1)).astype(np.float64)
    positive = predictions.positive
    asked = "accuracy" if same.ndim == 1 else "subset_accuracy"
    questions = [Question(right, np.ones(right.size, dtype=bool), asked)]
    if positive is not None:
        questions.append(Question(right, ruler.y_true == positive, "recall"))
    told = [
        weak_segments({**named, **found}, question, ruler.resamples.units, seed, config.least_slice)
        for question in questions
    ]
    return {"slices": by_group(ruler, predictions, found), "weak_segments": told}


def measured(ruler: Ruler, predictions: Predictions, baselines: dict[str, Baseline]) -> dict[str, Any]:
    """The model's metrics beside those of the baselines, and the differences between them in pairs."""
    model = ruler.measure(predictions)
    others = {name: ruler.measure(baseline.predictions) for name, baseline in baselines.items()}
    return {
        "metrics": model.entries,
        "metric_settings": {name: described(metric) for name, metric in ruler.metrics.items()},
        "higher_is_better": {name: metric.higher_is_better for name, metric in ruler.metrics.items()},
        "baselines": {name: other.entries for name, other in others.items()},
        "paired": {name: ruler.differences(model, other) for name, other in others.items()},
    }


def resamples(config: Config, seed: int, test: pl.DataFrame, *, several: bool = False) -> Resamples:
    """Clusters, or samples within each label; where these are sets of classes, of which many are unique, any samples.

    Raises:
        DlpipeError: all test samples are of one cluster (exit 3).
    """
    if config.cluster_by is None and several:
        return by_label(np.zeros(test.height), config.num_resamples, seed)
    if config.cluster_by is None:
        return by_label(test["label"].to_numpy().astype(str), config.num_resamples, seed)
    clusters = column(test, config.cluster_by, "evaluate.cluster_by")
    try:
        return by_cluster(clusters, config.num_resamples, seed)
    except ValueError as error:
        problem = f"evaluate.cluster_by: all test samples are of one '{config.cluster_by}', intervals need two"
        raise DlpipeError(problem, "take `cluster_by` out, or split into more clusters", Exit.NO) from error


def intervals(config: Config, test: pl.DataFrame) -> dict[str, Any]:
    """How the intervals were made."""
    told: dict[str, Any] = {"confidence": config.confidence, "num_resamples": config.num_resamples}
    if config.cluster_by is None:
        return {**told, "drawn_by": "sample, within each label"}
    return {**told, "drawn_by": config.cluster_by, "num_clusters": test[config.cluster_by].n_unique()}


def _baselines(
    inputs: Inputs, parts: dict[str, pl.DataFrame], classes: list[str], positive: int | None
) -> dict[str, Baseline]:
    say.note("fitting the baselines on the backbone's vectors")
    vectors = read_table(inputs.path("embed/vectors.parquet"))
    numbers = {
        name: Part(vectors_of(part, vectors), inputs.dataset.task.encode(part["label"], classes))
        for name, part in parts.items()
    }
    return fit_baselines(numbers, len(classes), positive)


def _confusion(y_true: NDArray[Any], predicted: NDArray[Any], num_classes: int) -> list[list[int]]:
    """Rows are labels, columns are answers."""
    cells = np.bincount(y_true * num_classes + predicted, minlength=num_classes**2)
    return cells.reshape(num_classes, num_classes).tolist()
