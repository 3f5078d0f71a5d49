from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from rich.console import Console, RenderableType

from dlpipe.report import evaluation_table, gate_table, limit_words, title


def entry(value: float | None, low: float | None = None, high: float | None = None, **more: Any) -> dict[str, Any]:
    return {"value": value, "low": low, "high": high, **more}


def paired(difference: float | None, low: float | None, high: float | None) -> dict[str, Any]:
    return {"difference": difference, "low": low, "high": high}


def evaluation(**changes: Any) -> dict[str, Any]:
    group = {"n": 193, "small": False, "auroc": entry(0.957, 0.93, 0.98), "ece": entry(0.08, 0.06, 0.12)}
    few = {"n": 27, "small": True, "auroc": entry(None, reason="only one class occurs"), "ece": entry(0.2, None, None)}
    base = {
        "num_samples": 1396,
        "intervals": {"confidence": 0.95},
        "metrics": {"auroc": entry(0.976, 0.963, 0.987), "ece": entry(0.097, 0.08, 0.121)},
        "higher_is_better": {"auroc": True, "ece": False},
        "baselines": {
            "knn": {"auroc": entry(0.9, 0.8, 0.95), "ece": entry(0.086, 0.05, 0.1)},
            "logistic_regression": {"auroc": entry(0.95, 0.9, 0.99), "ece": entry(0.025, 0.01, 0.05)},
            "majority": {"auroc": entry(0.5, 0.5, 0.5), "ece": entry(0.138, 0.1, 0.2)},
        },
        "paired": {"logistic_regression": {"auroc": paired(0.026, 0.01, 0.05), "ece": paired(0.072, 0.03, 0.1)}},
        "groups": {"cell_type": {"mono": group, "thin film": few}},
        "fairness": {"cell_type": {"equalized_odds": entry(0.085, 0.053, 0.229, n={"mono": 193, "thin film": 27})}},
    }
    return {**base, **changes}


def shown(renderable: RenderableType, width: int = 80) -> str:
    stream = StringIO()
    Console(file=stream, width=width, no_color=True).print(renderable)
    return stream.getvalue()


def row(text: str, start: str) -> str:
    return next(line for line in text.splitlines() if line.startswith(start))


def test_metrics_stand_beside_the_baselines_with_intervals() -> None:
    text = shown(evaluation_table(evaluation()))
    assert "Test: 1,396 samples, 95% intervals" in text
    found = row(text, "AUROC")
    assert found.split() == ["AUROC", "0.976", "[0.963,", "0.987]", "0.500", "0.900", "0.950", "+0.026", "better"]
    assert text.index("less is better") < text.index("ECE")
    assert "+0.072 worse" in row(text, "ECE")


@pytest.mark.parametrize(
    ("difference", "wanted"),
    (
        (paired(0.02, -0.01, 0.05), "+0.020 unclear"),
        (paired(-0.02, -0.05, -0.01), "-0.020 worse"),
        (paired(0.02, None, None), "+0.020 unclear"),
        (paired(None, None, None), "undefined"),
    ),
)
def test_a_difference_is_told_in_words(difference: dict[str, Any], wanted: str) -> None:
    both = {"logistic_regression": {"auroc": difference, "ece": paired(0, 0, 0)}}
    assert row(shown(evaluation_table(evaluation(paired=both))), "AUROC").rstrip().endswith(wanted)


def test_groups_stand_with_their_size_and_undefined_is_said() -> None:
    text = shown(evaluation_table(evaluation()))
    assert "By cell_type" in text
    assert row(text, "mono").split() == ["mono", "193", "0.96", "[0.93,", "0.98]"]
    assert row(text, "thin film").split() == ["thin", "film", "27", "few", "undefined"]
    assert "0.085 [0.053, 0.229]" in row(text, "Equalized odds")


def test_fits_80_columns_without_breaking_a_number() -> None:
    long = {name: entry(0.976, 0.963, 0.987) for name in ("average_precision", "balanced_accuracy", "recall", "auroc")}
    found = evaluation(
        metrics=long,
        higher_is_better=dict.fromkeys(long, True),
        baselines=dict.fromkeys(("knn", "majority", "logistic_regression"), long),
        paired={"logistic_regression": {name: paired(-0.026, -0.05, 0.01) for name in long}},
        groups={"cell_type": {"mono": {"n": 19300, "small": False, **long}}},
    )
    lines = shown(evaluation_table(found)).splitlines()
    assert max(map(len, lines)) <= 80
    assert sum("0.976 [0.963, 0.987]" in line for line in lines) == 4
    assert row("\n".join(lines), "mono").count("0.98 [0.96, 0.99]") == 3


def test_without_baselines_groups_or_fairness_only_the_metrics_remain() -> None:
    text = shown(evaluation_table(evaluation(baselines={}, paired={}, groups={}, fairness={"site": {}})))
    assert "By " not in text
    assert "Gaps" not in text
    assert row(text, "AUROC").split() == ["AUROC", "0.976", "[0.963,", "0.987]"]


def test_names_from_the_data_cannot_draw() -> None:
    group = {"n": 1, "small": True, "auroc": entry(0.5), "ece": entry(0.5)}
    text = shown(evaluation_table(evaluation(groups={"[red]site": {"\x1b[2J[bold]x": group}}, fairness={})))
    assert "\x1b" not in text
    assert "[red]site" in text
    assert "\\x1b[2J[bold]x" in text


GATE: dict[str, Any] = {
    "verdict": "fail",
    "rules": [
        {
            "rule": "auroc",
            "limit": {"at_least": 0.8, "on": "low"},
            **entry(0.9, 0.7, 0.95),
            "verdict": "fail",
            "why": "…",
        },
        {
            "rule": "ece",
            "limit": {"at_most": 0.1, "on": "value"},
            **entry(None),
            "verdict": "warn",
            "why": "undefined: why",
        },
    ],
}


def test_a_gate_shows_every_rule_with_limit_and_value() -> None:
    text = shown(gate_table(GATE))
    assert "Gate: FAIL" in text
    assert row(text, "FAIL").split() == ["FAIL", "auroc", "low", "end", ">=", "0.8", "0.900", "[0.700,", "0.950]"]
    assert row(text, "WARN").split() == ["WARN", "ece", "<=", "0.1", "undefined:", "why"]


def test_a_gate_without_rules_says_that_everything_passes() -> None:
    text = shown(gate_table({"verdict": "pass", "rules": []}))
    assert "Gate: PASS" in text
    assert "everything passes" in text


@pytest.mark.parametrize(
    ("limit", "words"),
    (
        ({"at_least": 0.8, "on": "value"}, ">= 0.8"),
        ({"at_most": 0.1, "on": "high"}, "high end <= 0.1"),
        ({"at_least": 0, "at_most": 1, "on": "low"}, "low end >= 0 and <= 1"),
    ),
)
def test_limits_in_words(limit: dict[str, Any], words: str) -> None:
    assert limit_words(limit) == words


def test_titles() -> None:
    assert [title(name) for name in ("auroc", "recall", "of_a_stranger")] == ["AUROC", "Recall", "Of a stranger"]
