from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import polars as pl

from dlpipe.core import files
from dlpipe.dataset import Dataset
from dlpipe.evaluate import gallery
from dlpipe.evaluate.evaluation import Evaluated
from tests.evaluate import measured as drawn
from tests.making import write_pictures

DATASET = Dataset.model_validate({"modality": {"name": "image", "size_px": 32}, "task": {"name": "classification"}})


def with_pictures(raw: Path, classes: tuple[str, ...] = ("circles", "stripes"), n: int = 40) -> Evaluated:
    paths = write_pictures(raw, n, 32, classes)
    made = drawn.evaluated(list(classes), n)
    names = [path.relative_to(raw).as_posix() for path in paths]
    samples = pl.DataFrame({"id": names, "path": names, "digest": [files.digest(path) for path in paths]})
    return Evaluated(made.evaluation, samples, made.y_true, made.predictions, made.baselines, made.classes)


def test_only_wrong_answers_the_surest_first(tmp_path: Path) -> None:
    found = gallery.surest_errors(with_pictures(tmp_path), DATASET, tmp_path)
    assert found
    for label, shown in found.items():
        assert all(one.label == label != one.predicted for one in shown)
        probabilities = [one.probability for one in shown]
        assert probabilities == sorted(probabilities, reverse=True)
        assert all(one.picture is not None and one.picture.startswith("data:image/jpeg") for one in shown)


def test_a_model_without_errors_has_an_empty_gallery(tmp_path: Path) -> None:
    one = with_pictures(tmp_path)
    right = drawn.Predictions(np.eye(2)[one.y_true], one.y_true, 1)
    perfect = Evaluated(one.evaluation, one.samples, one.y_true, right, {}, one.classes)
    assert gallery.surest_errors(perfect, DATASET, tmp_path) == {}


def test_a_picture_that_cannot_be_read_is_named_and_not_shown(tmp_path: Path) -> None:
    one = with_pictures(tmp_path)
    for path in one.samples["path"]:
        (tmp_path / path).write_bytes(b"no picture")
    digests = pl.Series("digest", [files.digest(tmp_path / path) for path in one.samples["path"]])
    broken = dataclasses.replace(one, samples=one.samples.with_columns(digests))
    shown = gallery.least_sure(broken, DATASET, tmp_path)
    assert len(shown) == gallery.MOST
    assert {sample.picture for sample in shown} == {None}


def test_the_least_sure_have_the_smallest_lead(tmp_path: Path) -> None:
    one = with_pictures(tmp_path)
    leads = np.abs(one.predictions.probabilities[:, 0] - 0.5)
    wanted = set(one.samples["id"].to_numpy()[np.argsort(leads)[: gallery.MOST]])
    assert {sample.id for sample in gallery.least_sure(one, DATASET, tmp_path)} == wanted
