"""What evening out groups brings and costs on the solar cells: gaps and accuracy over many splits, beside doing nothing.

One split of 12 blocks proves nothing, so the last layer alone is trained, on the backbone's frozen features, over 12 block
splits: by what dlpipe trains with (`Supervision`, `GroupRobust`, `GlobalBatches`) and decides with (thresholds fitted on
val, draws from content). Differences are paired by split; their intervals (t) are over splits of the same photos.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import torch
from scipy import stats
from torch import nn

from dlpipe.core.table import read_table
from dlpipe.dataset import Dataset
from dlpipe.decision import draws_of
from dlpipe.evaluate.baselines import vectors_of
from dlpipe.export.group_thresholds import fit
from dlpipe.export.stage import Config as ExportConfig
from dlpipe.metrics import Metric, Predictions, Undefined
from dlpipe.metrics.accuracy import Accuracy
from dlpipe.metrics.balanced_accuracy import BalancedAccuracy
from dlpipe.metrics.fairness.equal_opportunity import EqualOpportunity
from dlpipe.metrics.fairness.equalized_odds import EqualizedOdds
from dlpipe.network import Network
from dlpipe.operating_point import choose_threshold
from dlpipe.split.splitters import Wish
from dlpipe.split.splitters.grouped_stratified import GroupedStratified
from dlpipe.train.batches import GlobalBatches, SplitDataset
from dlpipe.train.robust import GroupRobust
from dlpipe.train.samples import Lesson, lesson
from dlpipe.train.stage import Config
from dlpipe.train.supervision import Supervision
from tests.benchmarks.bench import DLPIPE, seconds, solar_project

MINUTES = 8
SEEDS = 12
BY = "cell_type"
EPOCHS = 20
_FRACTIONS = (0.6, 0.15, 0.25)
_TRAININGS: dict[str, dict[str, Any]] = {
    "nothing": {},
    "group_balance: sampling": {"group_balance": "sampling"},
    "group_balance: weights": {"group_balance": "weights"},
    "objective: group_dro": {"objective": {"name": "group_dro", "step_size": 0.1}},
}
_CONSTRAINTS = ("none", "equal_opportunity", "equalized_odds")
_ONE: Any = SimpleNamespace(world_size=1, strategy=SimpleNamespace(reduce=lambda values, reduce_op: values))


@dataclass(frozen=True)
class Split:
    """One split of the photos, with their features."""

    lesson: Lesson
    features: dict[str, Any]
    test: pl.DataFrame
    config: Config


def measure() -> dict[str, Any]:
    """Figures of each way: mean over splits, and the paired difference to doing nothing."""
    with tempfile.TemporaryDirectory() as folder:
        project = solar_project(Path(folder))
        for command in ("fetch", "ingest", "embed", "clean", "label"):
            seconds([*DLPIPE, command, "solar"], project)
        data = project / "data" / "solar"
        return figures(read_table(data / "label/samples.parquet"), read_table(data / "embed/vectors.parquet"))


def figures(samples: pl.DataFrame, vectors: pl.DataFrame, seeds: int = SEEDS) -> dict[str, Any]:
    """As `measure`, of the tables of `label` and `embed`."""
    torch.set_num_threads(1)
    runs = [_run(samples, vectors, seed) for seed in range(seeds)]
    return {"seeds": seeds, "ways": {way: _summary([run[way] for run in runs], runs) for way in runs[0]}}


def _summary(mine: list[dict[str, float]], runs: list[dict[str, dict[str, float]]]) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for name in mine[0]:
        values = np.array([one[name] for one in mine])
        change = values - np.array([run["nothing"][name] for run in runs])
        half = stats.t.ppf(0.975, len(change) - 1) * stats.sem(change)
        ends = [round(float(change.mean() + side * half), 4) for side in (-1, 1)]
        told[name] = {
            "mean": round(float(values.mean()), 4),
            "difference": round(float(change.mean()), 4),
            "95 %": ends,
        }
    return told


def _run(samples: pl.DataFrame, vectors: pl.DataFrame, seed: int) -> dict[str, dict[str, float]]:
    splitter = GroupedStratified(by="block", stratify=[BY, "label", "label_confidence"])
    splits = splitter.assign(samples, Wish(_FRACTIONS, seed)).splits
    table = samples.with_columns(pl.Series("split", splits, pl.String))
    found: dict[str, dict[str, float]] = {}
    for way, settings in _TRAININGS.items():
        split = _split(table, vectors, settings)
        scores = _trained(split, seed)
        val, positive = split.lesson.val, split.lesson.val.targets == 0
        threshold = choose_threshold(scores["val"], positive, "balanced_accuracy")
        found[way] = _measured(split, scores["test"] >= threshold)
        if way == "nothing":
            for constraint in _CONSTRAINTS:
                config = ExportConfig.model_validate({"group_thresholds": {"by": BY, "constraint": constraint}})
                rules = fit(scores["val"], positive, val.table[BY].to_numpy().astype(str), config)
                draws = draws_of(split.features["test"])
                said = rules.positive(scores["test"], split.test[BY].to_list(), draws)
                found[f"group_thresholds: {constraint}"] = _measured(split, said)
    return found


def _split(table: pl.DataFrame, vectors: pl.DataFrame, settings: dict[str, Any]) -> Split:
    dataset = Dataset.model_validate(
        {
            "modality": {"name": "image"},
            "task": {"name": "classification", "positive_class": "defective"},
            "groups": [BY],
        }
    )
    config = Config.model_validate({"learning_rate": 1e-3, "weight_decay": 1.0, **settings})
    taught = lesson(table, dataset, config)
    test = table.filter(pl.col("split") == "test").sort("id")
    named = {"train": taught.train.table, "val": taught.val.table, "test": test}
    features = {name: vectors_of(part, vectors) for name, part in named.items()}
    mean, deviation = features["train"].mean(axis=0), features["train"].std(axis=0) + 1e-6
    return Split(
        taught, {name: ((one - mean) / deviation).astype(np.float32) for name, one in features.items()}, test, config
    )


def _trained(split: Split, seed: int) -> dict[str, Any]:
    """Probabilities of the positive class (index 0, `defective`) on val and test, of the last epoch."""
    torch.manual_seed(seed)
    network = Network(_Seen(), nn.Linear(split.features["train"].shape[1], 2))
    config, taught = split.config, split.lesson
    module = config.objective.module(network, config)
    assert isinstance(module, Supervision)
    assert isinstance(module, GroupRobust) is config.objective.by_group
    module._trainer = _ONE
    optimiser = module.configure_optimizers()
    part = SplitDataset(taught.train, split.features["train"], None, is_image=False, num_cells=len(taught.cells))
    cells = taught.train.cells if config.group_balance == "sampling" else None
    batches = GlobalBatches(taught.train.weights, 128, seed, cells=cells)
    for epoch in range(EPOCHS):
        batches.epoch = epoch
        for share in batches:
            optimiser.zero_grad()
            module.training_step(part.__getitems__(share), 0).backward()  # type: ignore[arg-type] - nothing is refused
            optimiser.step()
    with torch.no_grad():
        return {
            name: torch.softmax(network(torch.from_numpy(split.features[name]))[0], dim=1)[:, 0].double().numpy()
            for name in ("val", "test")
        }


class _Seen(nn.Module):
    """A backbone whose features are the sample itself."""

    num_features = 1280

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        return inputs


def _measured(split: Split, positive: Any) -> dict[str, float]:
    truth = (split.test["label"] != "defective").to_numpy().astype(np.int64)
    predicted = np.where(positive, 0, 1)
    group = split.test[BY].to_numpy().astype(str)
    answers = Predictions(np.eye(2)[predicted], predicted, 0)
    metrics: dict[str, Metric] = {"accuracy": Accuracy(), "balanced_accuracy": BalancedAccuracy()}
    told = {name: metric.value(truth, answers) for name, metric in metrics.items()}
    told["equalized_odds gap"] = EqualizedOdds().gap(truth, answers, group)
    told["recall gap"] = EqualOpportunity().gap(truth, answers, group)
    told["worst group by label"] = min(
        float((predicted == truth)[(group == value) & (truth == side)].mean())
        for value in np.unique(group)
        for side in (0, 1)
    )
    if undefined := [name for name, value in told.items() if isinstance(value, Undefined)]:
        raise ValueError(f"{undefined} cannot be measured on this split")
    return {name: float(value) for name, value in told.items()}  # type: ignore[arg-type] - none is undefined
