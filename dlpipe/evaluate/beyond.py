"""How the model behaves beyond its test set: corrupted and foreign samples, and copies of what it was trained on."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from dlpipe.core.say import say
from dlpipe.encoding import EncodedSamples
from dlpipe.evaluate import foreign, near_duplicates, robustness
from dlpipe.evaluate.fitting import fitting
from dlpipe.evaluate.foreignness import Foreignness
from dlpipe.evaluate.looking import Looked, look

if TYPE_CHECKING:
    from dlpipe.core.stage import Inputs
    from dlpipe.evaluate.stage import Config
    from dlpipe.metrics import Predictions
    from dlpipe.predictor import Predictor
    from dlpipe.statistics import Resamples

_MOST_FITTED = 5000
"""Train samples on which scores of foreignness are fitted."""
_MOST_OWN = 2000
"""Test samples that are told from foreign ones."""

Draw = Callable[[pl.DataFrame], "Resamples"]
"""Resamples of some of the test samples, drawn as those of all are."""


def measure(
    config: Config,
    inputs: Inputs,
    parts: dict[str, pl.DataFrame],
    predictor: Predictor,
    answers: Predictions,
    draw: Draw,
) -> dict[str, Any]:
    """`robustness`, `near_duplicates` and `out_of_distribution` of an evaluation; each empty where it is switched off.

    `answers` are the model's, of all test samples.
    """
    seed = inputs.dataset.seed
    test = parts["test"]
    some = robustness.some_of(test, config.robustness_samples, seed)
    chosen = test[some]
    y_true = inputs.dataset.task.encode(chosen["label"], list(predictor.classes))
    metrics = fitting(config, inputs.dataset.task)
    ruler = robustness.ruler_of(metrics, y_true, draw(chosen), config.confidence)
    subject = robustness.Subject(predictor, inputs.raw, chosen, ruler, seed)
    is_default = "robustness" not in config.model_fields_set
    corruptions = {} if is_default and predictor.modality.name != "image" else config.robustness
    return {
        "robustness": robustness.measure(subject, corruptions, answers.take(some)),
        **_foreign(config, inputs, parts, predictor, draw),
    }


def _foreign(
    config: Config, inputs: Inputs, parts: dict[str, pl.DataFrame], predictor: Predictor, draw: Draw
) -> dict[str, Any]:
    if not config.out_of_distribution:
        return {"near_duplicates": {}, "out_of_distribution": {}}
    seed, test = inputs.dataset.seed, parts["test"]
    fitted = pl.concat([parts["train"], parts["val"]])
    if inputs.dataset.task.several:  # what is foreign is told by classes, of which a sample has one there
        nobody = np.empty(0, dtype=np.intp)
        seen = look(predictor, inputs.raw, test, nobody, "look at test")
        known = look(predictor, inputs.raw, fitted, nobody, "look at train and val")
        return {"near_duplicates": _copies(seen, known, test, fitted), "out_of_distribution": {}}
    asked = robustness.some_of(parts["train"], _MOST_FITTED, seed)  # positions in train, which comes first
    theirs = look(predictor, inputs.raw, fitted, asked, "look at train and val")
    own = robustness.some_of(test, _MOST_OWN, seed)
    ours = look(predictor, inputs.raw, test, own, "look at test")
    y_true = inputs.dataset.task.encode(parts["train"][asked]["label"], list(predictor.classes))
    sets = _sets(config, inputs, test[own], predictor)
    fitted_on = Foreignness(theirs.inside, y_true)
    found = foreign.measure(fitted_on, ours.inside, draw(test[own]), sets, config.confidence)
    return {"near_duplicates": _copies(ours, theirs, test, fitted), "out_of_distribution": found}


def _copies(ours: Looked, theirs: Looked, test: pl.DataFrame, fitted: pl.DataFrame) -> dict[str, Any]:
    if not ours.fingerprints:
        return {}
    ids = test["id"].to_list(), fitted["id"].to_list()
    found = near_duplicates.pairs(ours.fingerprints, theirs.fingerprints, *ids)
    if count := found["count"]["value"]:
        say.warn(f"{count:,} test samples are copies of train or val samples: the numbers flatter the model")
    return found


def _sets(config: Config, inputs: Inputs, test: pl.DataFrame, predictor: Predictor) -> dict[str, foreign.ForeignSet]:
    if config.foreign:
        return {
            name: foreign.from_folder(name, inputs.project.root / folder, predictor)
            for name, folder in config.foreign.items()
        }
    some = test[robustness.some_of(test, config.robustness_samples, inputs.dataset.seed)]
    if predictor.modality.layout != "image":
        return {}
    batches = EncodedSamples(predictor.modality, inputs.raw, some, "samples to change")
    return foreign.synthetic(np.concatenate([batch.inputs for batch in batches]), predictor, inputs.dataset.seed)
