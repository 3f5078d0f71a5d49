from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from fairlearn.metrics import MetricFrame, selection_rate

from dlpipe.evaluate.measuring import Ruler
from dlpipe.evaluate.representation import amplification, representation
from dlpipe.metrics import Predictions
from dlpipe.statistics import by_label


def test_groups_are_counted_in_every_split_with_their_labels() -> None:
    parts = {"train": pl.DataFrame({"label": list("aabb")}), "test": pl.DataFrame({"label": list("ab")})}
    groups = {"train": {"site": np.array(list("nnns"))}, "test": {"site": np.array(list("nn"))}}
    found = representation(parts, groups, ["a", "b"])["site"]
    assert found["n"]["train"] == {"n": 3, "share": 0.75, "labels": {"a": 0.666667, "b": 0.333333}}
    assert found["s"]["test"] == {"n": 0, "share": 0.0, "labels": {"a": None, "b": None}}


def test_a_model_that_goes_by_group_widens_the_difference() -> None:
    random = np.random.default_rng(0)
    group = np.repeat(["north", "south"], 300)
    y_true = (random.random(600) < np.where(group == "south", 0.7, 0.3)).astype(np.int64)
    by_group = (group == "south").astype(np.int64)
    ruler = Ruler({}, y_true, by_label(y_true, 200, 0), 0.95)
    found = {
        name: amplification(ruler, Predictions(np.eye(2)[said], said, 1), {"site": group}, ["good", "bad"])["site"][
            "bad"
        ]
        for name, said in {"by group": by_group, "right": y_true, "never": 0 * y_true}.items()
    }
    rates = MetricFrame(metrics=selection_rate, y_true=y_true, y_pred=y_true, sensitive_features=group).difference()
    assert found["by group"]["value"] == pytest.approx(1 - rates, abs=1e-6)
    assert found["by group"]["low"] > 0
    assert found["by group"]["between"] == ["north", "south"]
    assert found["right"]["value"] == 0
    assert found["never"]["value"] == pytest.approx(-rates, abs=1e-6)


def test_groups_that_do_not_differ_have_nothing_to_widen() -> None:
    y_true, group = np.tile([0, 1], 10), np.repeat(["a", "b"], 10)
    ruler = Ruler({}, y_true, by_label(y_true, 100, 0), 0.95)
    found = amplification(ruler, Predictions(np.eye(2)[y_true], y_true, 1), {"site": group}, ["x", "y"])["site"]["y"]
    assert found["value"] is None
    assert found["reason"] == "all groups have the label equally often"
