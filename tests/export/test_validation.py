from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.export.stage import Config
from dlpipe.export.validation import Validation, fitted, labelled_val, run_over, some
from dlpipe.graph.run import Graph
from dlpipe.modalities.image import Image
from dlpipe.probabilities import calibrated, corrected
from dlpipe.tasks.classification import Classification
from tests.exported import SIZE_PX, small_onnx
from tests.making import write_pictures
from tests.test_encoding import table

IMAGE = Image(size_px=SIZE_PX)
CLASSES = ("circles", "stripes")


def labelled(raw: Path) -> pl.DataFrame:
    return table(raw).with_columns(label=pl.col("id").str.split("/").list.first(), split=pl.lit("val"))


def test_only_labelled_rows_of_val_count() -> None:
    samples = pl.DataFrame({"split": ["val", "val", "train", None], "label": ["circles", None, "circles", "circles"]})
    assert labelled_val(samples, CLASSES, Classification()).height == 1


def test_pictures_for_the_comparison_are_spread_over_val(tmp_path: Path) -> None:
    write_pictures(tmp_path, 130, SIZE_PX)
    val = labelled(tmp_path)
    pictures = some(val, IMAGE, tmp_path)
    assert pictures.shape == (64, 3, SIZE_PX, SIZE_PX)
    reader = IMAGE.reader(tmp_path, val)
    np.testing.assert_array_equal(pictures[0], IMAGE.encode(reader[0].value))  # type: ignore[union-attr]
    np.testing.assert_array_equal(pictures[-1], IMAGE.encode(reader[129].value))  # type: ignore[union-attr]


def test_a_val_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    (tmp_path / "circles").mkdir()
    (tmp_path / "circles" / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    with pytest.raises(DlpipeError, match=r"no sample of val can be read: circles/a\.png") as caught:
        some(labelled(tmp_path), IMAGE, tmp_path)
    assert caught.value.exit_code == Exit.NO


def test_targets_stand_beside_their_logits(tmp_path: Path) -> None:
    write_pictures(tmp_path, 8, SIZE_PX)
    (tmp_path / "circles" / "0004.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    val = labelled(tmp_path)
    found = run_over(val, IMAGE, tmp_path, Graph(small_onnx(), Path("model.onnx")), CLASSES, Classification())
    assert found.targets.tolist() == [0, 0, 0, 1, 1, 1, 1]
    assert found.logits.shape == (7, 2)
    assert found.num_unreadable == 1


@pytest.mark.parametrize("positive", (0, 1))
def test_the_threshold_is_of_the_positive_class(positive: int) -> None:
    logits = np.array([[3.0, 0.0], [2.0, 0.0], [0.0, 2.0], [0.0, 3.0]])
    found = Validation(logits, np.array([0, 0, 1, 1]), CLASSES, 0)
    point = fitted(found, positive, Config(aim="recall", at_least=1.0))
    assert point["threshold"] is not None
    chosen = logits[:, positive] - logits[:, 1 - positive] >= 0
    assert chosen.tolist() == (found.targets == positive).tolist()
    assert 0.1 < point["threshold"] <= 0.5


def test_without_a_positive_class_there_is_no_threshold() -> None:
    found = Validation(np.eye(3), np.arange(3), ("a", "b", "c"), 0)
    assert fitted(found, None, Config())["threshold"] is None


def test_the_point_is_chosen_on_the_probabilities_that_are_shipped() -> None:
    random = np.random.default_rng(0)
    targets = np.arange(200) % 2
    logits = random.normal(size=(200, 2)) + 4 * np.eye(2)[targets] + [0.0, 3.0]
    found = Validation(logits, targets, CLASSES, 0)
    plain, curved = fitted(found, 1, Config()), fitted(found, 1, Config(calibration="isotonic", conformal=0.9))
    assert (plain["isotonic"], plain["conformal"]) == (None, None)
    assert curved["temperature"] == fitted(found, 1, Config(calibration="none"))["temperature"] == 1
    shipped = corrected(calibrated(logits, 1.0), curved["isotonic"])
    assert np.mean((shipped[:, 1] >= curved["threshold"]) == (targets == 1)) > 0.95
    possible = shipped >= curved["conformal"]["least_probability"]
    assert possible[np.arange(200), targets].mean() >= 0.9
