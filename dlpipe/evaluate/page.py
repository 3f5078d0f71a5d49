"""`report.html`: one file that says on its first screen how good the model is, and below that everything measured."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from dlpipe.core import files
from dlpipe.evaluate import curves, gallery, model_sections, verdict
from dlpipe.evaluate.sections import Section, sections, told
from dlpipe.measurements import measurements
from dlpipe.page import render
from dlpipe.report import title

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dlpipe.core.stage import Inputs
    from dlpipe.evaluate.evaluation import Evaluated

_TEMPLATE = Path(__file__).parent / "report.html"
_MOST_CELLS = 12
"""Classes up to which the confusion matrix is drawn; of more the most frequent mistakes are listed."""
_MOST_MISTAKES = 20
MOST_OTHERS = 400
_SHOWN = {
    "schema_version", "num_samples", "seen_in_training", "classes", "positive", "small_group", "intervals", "metrics",
    "higher_is_better", "metric_settings", "baselines", "paired", "baseline_settings", "groups", "fairness", "confusion",
    "model_digest", "per_class", "weak_segments", "slices", "selective", "conformal", "representation", "reliability",
    "bias_amplification", "near_duplicates", "task", "thresholds", "left_out",
}  # fmt: skip
"""Parts of an evaluation that have a place of their own; of all others the numbers are listed."""


def write(measured: Evaluated, inputs: Inputs, out: Path) -> None:
    """Writes report.html; the same bytes for the same evaluation."""
    found = measured.evaluation
    main = verdict.main_metric(found)
    page = render(
        _TEMPLATE,
        f"How good is the model of {inputs.pipeline}?",
        f"dlpipe evaluate · pipeline {inputs.pipeline}",
        evaluation=found,
        how_good=verdict.how_good(found),
        better=verdict.against_baseline(found),
        weakest=list(verdict.weakest(found)),
        cautions=list(verdict.cautions(found)),
        wrong=int((measured.predictions.predicted != measured.y_true).sum()),
        main=main,
        main_title=title(main),
        metrics=list(metrics_rows(found)),
        baselines=[(name, name.replace("_", " ")) for name in found["baselines"]],
        groups=list(groups_rows(found)),
        gaps=list(gaps_rows(found)),
        cells=_cells(found),
        mistakes=_mistakes(found),
        side=curves.SIDE,
        roc=curves.roc_curves(measured),
        point=curves.operating_point(measured),
        bins=curves.reliability(measured),
        errors=gallery.surest_errors(measured, inputs.dataset, inputs.raw),
        unsure=gallery.least_sure(measured, inputs.dataset, inputs.raw),
        sections=sections_of(measured, out),
        others=list(others_rows(found))[:MOST_OTHERS],
        settings=list(settings_rows(found)),
        parts_of_data=_parts(inputs),
        pipeline=inputs.pipeline,
    )
    (out / "report.html").write_text(page, encoding="utf-8")


def sections_of(measured: Evaluated, out: Path) -> list[Section]:
    """What follows the first screen: about the test samples, then about the model."""
    about_model = [
        model_sections.rules(measured.group_rules),
        model_sections.costs(files.read_json(out / "efficiency.json")),
    ]
    return sections(measured.evaluation) + [one for one in about_model if one.tables[0].rows]


def metrics_rows(found: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """A row for each metric: the model, the baselines, and the difference from the one it is compared with."""
    compared = next((name for name in ("logistic_regression", *found["baselines"]) if name in found["baselines"]), None)
    for name, entry in found["metrics"].items():
        beside = [told({**said[name], "low": None}) for said in found["baselines"].values()]
        paired = found["paired"][compared][name] if compared else None
        yield {
            "title": title(name),
            "better": "more is better" if found["higher_is_better"][name] else "less is better",
            "entry": entry,
            "told": told(entry),
            "reason": entry.get("reason"),
            "beside": beside,
            "paired": _paired(paired, higher=found["higher_is_better"][name]) if paired else None,
        }


def _paired(entry: Mapping[str, Any], *, higher: bool) -> tuple[str, str, str]:
    """Words, badge and its kind."""
    if entry["difference"] is None or entry["low"] is None:
        return told(entry, value="difference"), "not sure", "plain"
    sign = f"{entry['difference']:+.3f} [{entry['low']:+.3f}, {entry['high']:+.3f}]"
    if entry["low"] <= 0 <= entry["high"]:
        return sign, "unclear", "plain"
    return (sign, "better", "ok") if (entry["low"] > 0) == higher else (sign, "worse", "fail")


def groups_rows(found: Mapping[str, Any]) -> Iterator[tuple[str, list[str], list[list[str]]]]:
    """Of each attribute its name, heads and a row for each group."""
    names = list(found["metrics"])
    for attribute, groups in found["groups"].items():
        rows = [
            [value, f"{group['n']:,}{' (few)' if group['small'] else ''}", *(told(group[name], 2) for name in names)]
            for value, group in groups.items()
        ]
        yield attribute, ["group", "n", *map(title, names)], rows


def gaps_rows(found: Mapping[str, Any]) -> Iterator[list[Any]]:
    """A row for each gap between groups."""
    for attribute, gaps in found["fairness"].items():
        for name, entry in gaps.items():
            sizes = ", ".join(f"{group} {held:,}" for group, held in entry.get("n", {}).items())
            yield [title(name), attribute, told(entry), sizes]


def _cells(found: Mapping[str, Any]) -> list[list[tuple[int, float]]] | None:
    """Counts and shares of each label, or None where there are too many classes to be drawn."""
    counts = found["confusion"]["counts"]
    if len(counts) > _MOST_CELLS:
        return None
    return [[(count, count / max(sum(row), 1)) for count in row] for row in counts]


def _mistakes(found: Mapping[str, Any]) -> list[list[Any]]:
    classes = found["classes"]
    pairs = [
        (count, classes[row], classes[column], count / max(sum(counts), 1))
        for row, counts in enumerate(found["confusion"]["counts"])
        for column, count in enumerate(counts)
        if row != column and count
    ]
    most = sorted(pairs, key=lambda pair: (-pair[0], pair[1], pair[2]))[:_MOST_MISTAKES]
    return [[label, answer, f"{count:,}", f"{share:.0%}"] for count, label, answer, share in most]


def others_rows(found: Mapping[str, Any]) -> Iterator[list[str]]:
    """Numbers of parts that have no place of their own on the page, by their path, as a gate's rule would name them."""
    rest = {key: part for key, part in found.items() if key not in _SHOWN}
    for path, entry in measurements(rest):
        yield [".".join(path), told(entry)]


def settings_rows(found: Mapping[str, Any]) -> Iterator[list[str]]:
    """How the evaluation was made."""
    yield ["model (SHA-256)", str(found["model_digest"])]
    for name, value in found["intervals"].items():
        yield [f"intervals: {name.replace('_', ' ')}", str(value)]
    for name, said in found["baseline_settings"].items():
        if said:
            yield [
                f"{name.replace('_', ' ')}: chosen on val",
                ", ".join(f"{key} {value:g}" for key, value in said.items()),
            ]
    for name, said in found.get("metric_settings", {}).items():
        settings = ", ".join(f"{key} {value}" for key, value in said.items() if key != "name")
        if settings:
            yield [f"{title(name)}: settings", settings]


def _parts(inputs: Inputs) -> list[list[Any]]:
    """How many samples of each label each split holds."""
    samples = pl.read_parquet(inputs.path("split/samples.parquet")).filter(pl.col("split").is_not_null())
    counted = samples.group_by("split", "label").len().sort("split", "label")
    return [[row["split"], row["label"], f"{row['len']:,}"] for row in counted.to_dicts()]
