"""Errors by class: missed ones and added ones, the surest first."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from dlpipe.evaluate.evaluation import Evaluated
from dlpipe.evaluate.several import gallery
from dlpipe.metrics import Predictions
from dlpipe.tasks.multi_label import MultiLabel

if TYPE_CHECKING:
    import pytest


def test_the_surest_errors_of_each_class_come_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gallery, "picture", lambda sample: f"picture of {sample}")
    given = np.array([[0.1, 0.9], [0.3, 0.9], [0.9, 0.2], [0.6, 0.2], [0.9, 0.9]])
    has = np.array([[1, 1], [1, 1], [0, 0], [0, 0], [1, 1]], dtype=np.uint8)
    task = MultiLabel()
    labels = task.decode(has, ["a", "b"])
    samples = pl.DataFrame({"id": list("vwxyz"), "label": labels})
    measured = Evaluated({}, samples, has, Predictions(given, given >= 0.5, None), {}, ["a", "b"])
    reader = SimpleNamespace(reader=lambda raw, table: table["id"].to_list())
    dataset: Any = SimpleNamespace(modality=reader, task=task)
    (missed, first), (added, second) = gallery.surest_errors(measured, dataset, None)  # type: ignore[arg-type]
    assert (missed, added) == ("“a” missed", "“a” added")
    assert [one.id for one in first] == ["v", "w"]
    assert [one.id for one in second] == ["x", "y"]
    assert (first[0].label, first[0].predicted, first[0].probability) == ("a|b", "b", 0.1)
    assert second[0].picture == "picture of x"
