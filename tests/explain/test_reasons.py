from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from dlpipe.explain.choosing import Answers
from dlpipe.explain.reasons import error_parts, parts_of, properties, sentences

N = 200
SURE = {"value": 0.3, "low": 0.2, "high": 0.4}


def answers(wrong: np.ndarray) -> Answers:
    y_true = np.arange(N) % 2
    samples = pl.DataFrame({"id": [f"{n:03}" for n in range(N)], "label": ["ab"[n % 2] for n in range(N)]})
    samples = samples.with_columns(site=pl.Series(["north" if n < 60 else None for n in range(N)]))
    return Answers(samples, np.full((N, 2), 0.5), y_true, np.where(wrong, 1 - y_true, y_true))


def told(found: dict[str, Any], of: Answers) -> str:
    shortcut = {
        "measured_by": "auroc",
        "chance": 0.5,
        "border_only": {"auroc": {"value": 0.5, "low": 0.4, "high": 0.6}},
    }
    shortcut["border_attribution"] = {"of_its_area": {"value": 1.0, "low": 0.9, "high": 1.1}}
    return "\n".join(sentences({"faithfulness": {"gradcam": {"gain": SURE}}, "shortcut": shortcut, **found}, of, "ab"))


def test_a_part_in_which_errors_gather_is_named_with_its_numbers() -> None:
    brightness = np.arange(N, dtype=float)
    of = answers(brightness < 40)
    measured = {"brightness": brightness, "contrast": np.ones(N), "sharpness": np.ones(N)}
    rows = error_parts(of, parts_of(of, ["site"], measured))
    assert rows[0]["part"] == "the darkest quarter"
    assert rows[0]["clear"]
    assert rows[0]["errors"] == {**rows[0]["errors"], "value": 0.8, "n": 50}
    words = told({"error_parts": rows}, of)
    assert "fails more on the darkest quarter: 80% [67%, 89%], n = 50, on the others 0%" in words
    assert "site north" in words


def test_errors_that_gather_nowhere_are_said_to() -> None:
    random = np.random.default_rng(0)
    of = answers(random.random(N) < 0.2)
    measured = {name: random.random(N) for name in ("brightness", "contrast", "sharpness")}
    words = told({"error_parts": error_parts(of, parts_of(of, ["site"], measured))}, of)
    assert "errors gather in no class" in words
    assert "better than chance: gain 0.30 [0.20, 0.40]" in words
    assert "tells nothing that is sure" in words


def test_maps_and_borders_that_cannot_be_trusted_are_said_to() -> None:
    of = answers(np.zeros(N, bool))
    shortcut = {
        "measured_by": "balanced_accuracy",
        "chance": 0.5,
        "border_only": {"balanced_accuracy": {"value": 0.8, "low": 0.7, "high": 0.9}},
        "border_attribution": {"of_its_area": {"value": 2.0, "low": 1.5, "high": 2.5}},
    }
    weak = {"gradcam": {"gain": {"value": 0.01, "low": -0.1, "high": 0.1}}}
    words = told({"error_parts": [], "shortcut": shortcut, "faithfulness": weak}, of)
    assert "0 of 200" in words
    assert "not sure to be better than chance" in words
    assert "2.0 times as much as its area" in words
    assert "the border alone tells something: balanced accuracy 0.80 [0.70, 0.90]" in words


def test_small_parts_are_left_out() -> None:
    of = answers(np.ones(N, bool))
    assert error_parts(of, {"tiny": np.arange(N) < 5, "nearly all": np.arange(N) < N - 5}) == []


def test_properties_of_a_picture() -> None:
    flat, edge = np.full((3, 8, 8), 90, np.uint8), np.zeros((3, 8, 8), np.uint8)
    edge[:, :, 4:] = 200
    assert properties(flat) == (90, 0, 0)
    assert properties(edge)[0] == 100
    assert properties(edge)[2] > 0
