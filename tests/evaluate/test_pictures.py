from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from PIL import Image

from dlpipe.core import files
from dlpipe.evaluate import pictures
from dlpipe.evaluate.evaluation import Evaluated
from dlpipe.evaluate.groups import by_group
from dlpipe.evaluate.measuring import Ruler
from dlpipe.metrics.accuracy import Accuracy
from dlpipe.metrics.auroc import Auroc
from dlpipe.statistics import by_label
from tests.metrics.drawn import predictions

NAMES = ("calibration.png", "confusion.png", "groups.png", "roc.png")


def made(classes: list[str], groups: list[str]) -> Evaluated:
    y_true, said = predictions(0, 120, len(classes))
    ruler = Ruler({"accuracy": Accuracy(), "auroc": Auroc()}, y_true, by_label(y_true, 20, 0), 0.95)
    found = {
        "num_samples": 120,
        "metrics": ruler.measure(said).entries,
        "baselines": {},
        "groups": by_group(ruler, said, {"site": np.array(groups)[np.arange(120) % len(groups)]}) if groups else {},
        "confusion": {
            "classes": classes,
            "counts": np.histogram2d(y_true, said.predicted, len(classes))[0].astype(int).tolist(),
        },
    }
    return Evaluated(found, pl.DataFrame(), y_true, said, {}, classes)


@pytest.mark.parametrize(
    ("classes", "groups"),
    (
        (["a", "b"], ["north", "south"]),
        ([f"class {number}" for number in range(15)], ["only"]),
        (["$x_{", "long " * 20, "\\frac"], ["$\\alpha$ " * 5, "b"]),
    ),
    ids=("two", "fifteen", "hostile"),
)
def test_draws_whatever_the_names(classes: list[str], groups: list[str], tmp_path: Path) -> None:
    pictures.write(made(classes, groups), tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == list(NAMES)
    for path in tmp_path.iterdir():
        with Image.open(path) as picture:
            assert min(picture.size) > 300
            assert len(np.unique(np.asarray(picture.convert("L")))) > 20


def test_without_groups_there_is_no_picture_of_them(tmp_path: Path) -> None:
    pictures.write(made(["a", "b"], []), tmp_path)
    assert not (tmp_path / "groups.png").exists()


def test_the_same_numbers_give_the_same_bytes_whatever_matplotlibs_settings(tmp_path: Path) -> None:
    import matplotlib as mpl

    given = made(["a", "b"], ["north", "south"])
    found: list[dict[str, Any]] = []
    for name, size in (("one", 10.0), ("two", 30.0)):
        (tmp_path / name).mkdir()
        with mpl.rc_context({"font.size": size, "axes.facecolor": "black"}):
            pictures.write(given, tmp_path / name)
        found.append(files.digests(tmp_path / name))
    assert found[0] == found[1]
    with Image.open(tmp_path / "one" / "roc.png") as picture:
        assert not {"Software", "Creation Time"} & set(picture.info)


def test_leaves_matplotlibs_settings_alone(tmp_path: Path) -> None:
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    pictures.write(made(["a", "b"], []), tmp_path)
    assert dict(mpl.rcParams) == before
