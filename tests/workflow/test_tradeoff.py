from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dlpipe.core.errors import DlpipeError
from dlpipe.workflow import tradeoff
from dlpipe.workflow.compare import compared
from tests.workflow.sides import side


def entry(value: float) -> dict[str, float]:
    return {"value": value, "low": value - 0.05, "high": value + 0.05}


AFTER = side("after", 4.0, fairness={"site": {"equalized_odds": entry(0.1), "demographic_parity": entry(0.3)}})
BEFORE = side("before", 1.0, fairness={"site": {"equalized_odds": entry(0.4), "demographic_parity": entry(0.3)}})
FOUND = compared(AFTER, BEFORE)


def test_a_panel_a_gap_that_both_were_measured_by() -> None:
    assert tradeoff.panels(FOUND) == [("site", "equalized_odds"), ("site", "demographic_parity")]
    assert tradeoff.overall(FOUND) == "accuracy"
    assert tradeoff.panels(compared(AFTER, side("x", 1.0, fairness={}))) == []
    assert tradeoff.panels(compared(AFTER, side("x", 1.0, prefix="other"))) == []


def test_points_and_intervals_are_the_evaluations_and_the_arrow_goes_to_the_first() -> None:
    first, second = tradeoff.drawn(FOUND).axes
    assert first.get_title() == "Equalized odds between site"
    points = {
        line.get_label(): line.get_xydata()[0].tolist() for line in first.lines if not line.get_label().startswith("_")
    }
    assert points == {"before": [0.4, 0.8], "after": [0.1, 0.8]}
    spans = [
        line.get_xdata().tolist() if hasattr(line.get_xdata(), "tolist") else list(line.get_xdata())
        for line in first.lines
    ]
    assert [pytest.approx(0.35), pytest.approx(0.45)] in spans
    assert first.texts[0].xy == (0.1, 0.8)
    assert second.get_title() == "Demographic parity between site"


def test_the_words_say_both_ends_of_the_trade() -> None:
    told = tradeoff.words(FOUND)
    assert told.startswith("after beside before: the gap in equalized odds between values of site ")
    assert "; accuracy 0." in told
    paired: dict[str, Any] = {
        "metrics": {"accuracy": {"old": 0.8, "new": 0.7, "difference": -0.1, "low": -0.15, "high": -0.02}},
        "fairness": {"site": {"equalized_odds": {"difference": None, "reason": "no group"}}},
    }
    told = tradeoff.words({**FOUND, "paired": paired})
    assert "is undefined (no group)" in told
    assert "accuracy 0.800 → 0.700 (difference -0.100 [-0.150, -0.020])" in told
    paired["metrics"]["accuracy"] |= {"high": 0.02}
    assert "[-0.150, +0.020], which chance alone could do)" in tradeoff.words({**FOUND, "paired": paired})


@pytest.mark.parametrize("name", ("trade.png", "trade.svg"))
def test_the_same_numbers_give_the_same_picture(tmp_path: Path, name: str) -> None:
    tradeoff.save(FOUND, tmp_path / name)
    first = (tmp_path / name).read_bytes()
    tradeoff.save(FOUND, tmp_path / name)
    assert (tmp_path / name).read_bytes() == first
    assert first.startswith(b"\x89PNG" if name.endswith("png") else b"<?xml")


def test_undefined_values_leave_their_point_out() -> None:
    unknown = side("after", 4.0, fairness={"site": {"equalized_odds": {"value": None, "low": None, "high": None}}})
    (only,) = tradeoff.drawn(compared(unknown, BEFORE)).axes
    assert [line.get_label() for line in only.lines if not line.get_label().startswith("_")] == ["before"]


def test_without_common_samples_or_groups_there_is_nothing_to_draw(tmp_path: Path) -> None:
    with pytest.raises(DlpipeError, match="no trade-off to draw"):
        tradeoff.save(compared(AFTER, side("x", 1.0, prefix="other")), tmp_path / "x.png")
    with pytest.raises(DlpipeError, match="neither was evaluated by groups"):
        tradeoff.save(compared(AFTER, side("x", 1.0, fairness={})), tmp_path / "x.png")
