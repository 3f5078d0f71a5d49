from __future__ import annotations

from typing import Any

import pytest

from dlpipe.evaluate.group_picture import group_picture


def evaluation(num_metrics: int, values: tuple[float | None, ...]) -> dict[str, Any]:
    names = [f"metric_{number}" for number in range(num_metrics)]
    entries = [{"value": value, "low": value and value - 0.1, "high": value and value + 0.1} for value in values]
    groups = {
        f"group {place}": {"n": 10 * place, "small": place < 3, **dict.fromkeys(names, entry)}
        for place, entry in enumerate(entries)
    }
    overall = {"value": 0.5, "low": 0.4, "high": 0.6}
    return {"metrics": dict.fromkeys(names, overall), "groups": {"site": groups}}


@pytest.mark.parametrize("num_metrics", (1, 4, 5, 9))
def test_every_metric_has_its_panel_and_every_group_its_row(num_metrics: int) -> None:
    drawn = group_picture(evaluation(num_metrics, (0.4, 0.6, 0.7)))
    panels = [axes for axes in drawn.axes if axes.get_visible()]
    assert len(panels) == num_metrics
    labels = [label.get_text() for label in drawn.axes[0].get_yticklabels()]
    assert labels == ["group 0  (n 0, few)", "group 1  (n 10, few)", "group 2  (n 20, few)"]
    assert all(list(axes.get_yticks()) == [0, 1, 2] for axes in panels)


def test_the_first_group_is_on_top() -> None:
    drawn = group_picture(evaluation(2, (0.4, 0.6)))
    bottom, top = drawn.axes[0].get_ylim()
    assert bottom > top


def test_undefined_is_said_in_its_row() -> None:
    drawn = group_picture(evaluation(1, (0.4, None)))
    assert [(text.get_text(), text.get_position()[1]) for text in drawn.axes[0].texts] == [("undefined", 1)]
