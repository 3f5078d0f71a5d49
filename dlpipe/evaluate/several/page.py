"""`report.html` of a model of several labels: how good it is, and each class by itself."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from dlpipe.evaluate import curves, page, verdict
from dlpipe.evaluate.plots import roc
from dlpipe.evaluate.sections import told
from dlpipe.evaluate.several import gallery
from dlpipe.evaluate.several.classes import NAMES
from dlpipe.page import render
from dlpipe.report import title

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dlpipe.core.stage import Inputs
    from dlpipe.evaluate.evaluation import Evaluated

_TEMPLATE = Path(__file__).parents[1] / "sets.html"
_MOST_CHARTS = 6
"""Classes that have charts; a chart each is more than a page of many classes can show."""


def write(measured: Evaluated, inputs: Inputs, out: Path) -> None:
    """Writes report.html; the same bytes for the same evaluation."""
    found = measured.evaluation
    main = verdict.main_metric(found)
    shown = render(
        _TEMPLATE,
        f"How good is the model of {inputs.pipeline}?",
        f"dlpipe evaluate · pipeline {inputs.pipeline}",
        evaluation=found,
        how_good=how_good(found, int(_wrong(measured))),
        better=verdict.against_baseline(found),
        weakest=list(verdict.weakest(found)),
        cautions=list(verdict.cautions(found)),
        wrong=int(_wrong(measured)),
        main=main,
        main_title=title(main),
        metrics=list(page.metrics_rows(found)),
        baselines=[(name, name.replace("_", " ")) for name in found["baselines"]],
        groups=list(page.groups_rows(found)),
        gaps=list(page.gaps_rows(found)),
        side=curves.SIDE,
        errors=gallery.surest_errors(measured, inputs.dataset, inputs.raw),
        sections=[section for section in page.sections_of(measured, out) if section.anchor != "classes"],
        others=list(page.others_rows(found))[: page.MOST_OTHERS],
        settings=list(page.settings_rows(found)),
        parts_of_data=_parts(inputs),
        left_out=list(map(list, found["left_out"].items())),
        pipeline=inputs.pipeline,
        **_classes(measured),
    )
    (out / "report.html").write_text(shown, encoding="utf-8")


def _wrong(measured: Evaluated) -> int:
    """Test samples whose set of classes is not answered exactly."""
    return ((measured.y_true > 0) != measured.predictions.predicted).any(axis=1).sum()


def how_good(found: Mapping[str, Any], wrong: int) -> str:
    """What it does at its thresholds, over all classes."""
    answers = [one["answers"] for one in found["per_class"].values()]
    right, missed, added = (sum(one[kind] for one in answers) for kind in ("found", "missed", "false_alarms"))
    total = found["num_samples"]
    exact = f"Of {total:,} test samples it has never seen it answers {_share(total - wrong, total)} without any mistake"
    held = f"it finds {_share(right, right + missed)} of the labels that they have"
    return f"{exact}, over {len(found['classes'])} classes: {held}, and {_share(right, right + added)} of those it gives are right."


def _share(part: int, whole: int) -> str:
    return "none" if not whole else f"{part / whole:.0%}"


def _classes(measured: Evaluated) -> dict[str, Any]:
    """Tables and charts of the classes."""
    per_class = measured.evaluation["per_class"]
    rows = [
        [name, f"{one['n']:,}", f"{one['threshold']:.2f}", *(told(one[measure], 2) for measure in NAMES)]
        for name, one in per_class.items()
    ]
    return {
        "class_heads": ["class", "n", "threshold", *map(title, NAMES)],
        "class_rows": rows,
        "answer_rows": [[name, *(f"{n:,}" for n in one["answers"].values())] for name, one in per_class.items()],
        "roc": list(_curves(measured)),
        "reliability": list(_reliability(measured)),
        "more_classes": max(0, len(measured.classes) - _MOST_CHARTS),
    }


def _curves(measured: Evaluated) -> Iterator[curves.Curve]:
    for place, name in enumerate(measured.classes[:_MOST_CHARTS]):
        x, y = roc(measured.y_true[:, place] > 0, measured.predictions.probabilities[:, place])
        if x.size:
            yield curves.Curve(name, curves.points(x, y), f"line s{place + 1}")


def _reliability(measured: Evaluated) -> Iterator[tuple[str, list[curves.Bin]]]:
    for place, name in enumerate(measured.classes[:_MOST_CHARTS]):
        of_one = replace(
            measured, y_true=measured.y_true[:, place] > 0, predictions=measured.predictions.of_class(place)
        )
        yield name, curves.reliability(of_one)


def _parts(inputs: Inputs) -> list[list[Any]]:
    """How many samples of each class each split holds, and how many have none."""
    samples = pl.read_parquet(inputs.path("split/samples.parquet")).filter(pl.col("split").is_not_null())
    names = [inputs.dataset.task.names(label) or ["(none)"] for label in samples["label"]]
    held = samples.select("split").with_columns(name=pl.Series(names, dtype=pl.List(pl.String))).explode("name")
    counted = held.group_by("split", "name").len().sort("split", "name")
    return [[row["split"], row["name"], f"{row['len']:,}"] for row in counted.to_dicts()]
