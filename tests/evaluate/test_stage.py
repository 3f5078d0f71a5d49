from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import balanced_accuracy_score, confusion_matrix, roc_auc_score

from dlpipe.core import files, plugin
from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.execution import execute
from dlpipe.evaluate.stage import Config
from dlpipe.metrics import Metric
from dlpipe.metrics.fairness import FairnessMetric
from tests.evaluate.evaluated import NAME, evaluated_project, samples_table, write_samples

PICTURES = {"confusion.png", "roc.png", "calibration.png", "groups.png"}
JSON = {"metrics.json", "evaluation.json", "efficiency.json", "summary.json"}
TABLES = {"plots/confusion.csv", "plots/roc.csv", "plots/calibration.csv", "predictions.parquet"}


METRICS = [name for name in plugin.names(Metric) if plugin.find(Metric, name).of_one]
"""Those that suit a task of one class a sample."""


def test_everything_is_measured_if_nothing_is_said() -> None:
    config = Config()
    assert list(config.metrics) == METRICS
    assert list(config.fairness) == plugin.names(FairnessMetric)


def test_writes_what_later_stages_and_people_read(evaluated: Path) -> None:
    assert set(files.digests(evaluated)) == {*PICTURES, *TABLES, *JSON, "report.html"}


def test_numbers_are_those_of_scikit_learn_over_the_predictions(evaluated: Path, evaluation: dict[str, Any]) -> None:
    table = pl.read_parquet(evaluated / "predictions.parquet")
    assert table.columns == ["id", "label", "predicted", "p.circles", "p.stripes", "group.site"]
    assert table.height == evaluation["num_samples"] == 36
    assert table["id"].is_sorted()
    assert (table["p.circles"] + table["p.stripes"]).to_numpy() == pytest.approx(1, abs=2e-6)
    wanted = {
        "auroc": roc_auc_score(table["label"] == "stripes", table["p.stripes"]),
        "balanced_accuracy": balanced_accuracy_score(table["label"], table["predicted"]),
    }
    for name, value in wanted.items():
        entry = evaluation["metrics"][name]
        assert entry["value"] == pytest.approx(value, abs=1e-5)
        assert entry["low"] <= entry["value"] <= entry["high"]
    assert evaluation["confusion"]["counts"] == confusion_matrix(table["label"], table["predicted"]).tolist()


def test_metrics_are_flat_for_dvc(evaluated: Path, evaluation: dict[str, Any]) -> None:
    flat = files.read_json(evaluated / "metrics.json")
    assert flat == {name: entry["value"] for name, entry in evaluation["metrics"].items()}
    assert list(flat) == METRICS


def test_every_metric_stands_by_group_with_its_size(evaluated: Path, evaluation: dict[str, Any]) -> None:
    groups = evaluation["groups"]["site"]
    assert sum(group["n"] for group in groups.values()) == 36
    for group in groups.values():
        assert set(group) == {"n", "small", *METRICS}
        assert group["small"] == (group["n"] < 30)
    gaps = evaluation["fairness"]["site"]
    assert set(gaps) == set(plugin.names(FairnessMetric))
    assert gaps["equalized_odds"]["n"] == {name: group["n"] for name, group in groups.items()}
    assert gaps["demographic_parity"]["value"] is not None


def test_baselines_are_measured_on_the_same_samples_and_in_pairs(evaluation: dict[str, Any]) -> None:
    assert set(evaluation["baselines"]) == {"majority", "knn", "logistic_regression"} == set(evaluation["paired"])
    assert evaluation["baselines"]["majority"]["auroc"]["value"] == 0.5
    assert evaluation["baselines"]["logistic_regression"]["auroc"]["value"] > 0.8
    for name, metrics in evaluation["paired"].items():
        for metric, entry in metrics.items():
            if evaluation["baselines"][name][metric]["value"] is None:  # the majority is never called otherwise
                assert entry["difference"] is None
                assert entry["reason"] == "undefined for one of the two"
                continue
            gap = evaluation["metrics"][metric]["value"] - evaluation["baselines"][name][metric]["value"]
            assert entry["difference"] == pytest.approx(gap, abs=2e-6)
            assert entry["low"] <= entry["high"]


def test_the_same_inputs_give_the_same_bytes(evaluated: Path, project) -> None:
    execute("evaluate", NAME, project)
    again, first = files.digests(project.outputs(NAME) / "evaluate"), files.digests(evaluated)
    assert list(again) == list(first)
    assert [name for name in first if again[name] != first[name]] == ["efficiency.json"]


def test_measures_only_what_it_is_asked_for(tmp_path: Path) -> None:
    project = evaluated_project(tmp_path, metrics={"ece": {"num_bins": 5}}, fairness={}, baselines=False)
    execute("evaluate", NAME, project)
    found = files.read_json(project.outputs(NAME) / "evaluate" / "evaluation.json")
    assert list(found["metrics"]) == ["ece"]
    assert found["baselines"] == found["paired"] == {}
    assert found["fairness"] == {"site": {}}


def test_clusters_make_intervals_of_whole_blocks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    project = evaluated_project(tmp_path, cluster_by="block", metrics={"accuracy": {}}, baselines=False)
    execute("evaluate", NAME, project)
    found = files.read_json(project.outputs(NAME) / "evaluate" / "evaluation.json")
    blocks = samples_table(project).filter(pl.col("split") == "test")["block"].n_unique()
    told = {"confidence": 0.95, "num_resamples": 100, "drawn_by": "block", "num_clusters": blocks}
    assert found["intervals"] == told
    assert f"{blocks} clusters only" in capsys.readouterr().err


def test_three_classes_have_no_positive_one(tmp_path: Path) -> None:
    project = evaluated_project(tmp_path, num_samples=180, classes=("circles", "squares", "stripes"))
    execute("evaluate", NAME, project)
    out = project.outputs(NAME) / "evaluate"
    found = files.read_json(out / "evaluation.json")
    assert found["positive"] is None
    assert np.sum(found["confusion"]["counts"]) == found["num_samples"]
    assert set(pl.read_csv(out / "plots" / "roc.csv")["class"]) == {"circles", "squares", "stripes"}
    assert found["metrics"]["auroc"]["value"] is not None
    assert found["paired"]["knn"]["balanced_accuracy"]["difference"] is not None


def test_a_picture_that_was_lost_or_changed_ends_with_5(project) -> None:
    victim = project.data(NAME) / "raw" / samples_table(project).filter(pl.col("split") == "test")["path"][0]
    victim.write_bytes(victim.read_bytes() + b"x")
    assert refused(project).exit_code == Exit.INTEGRITY


def test_a_picture_that_cannot_be_read_any_more_ends_with_5(project) -> None:
    samples = samples_table(project)
    path = samples.filter(pl.col("split") == "test")["path"][0]
    broken = project.data(NAME) / "raw" / path
    broken.write_bytes(b"\x89PNG\r\n\x1a\n")
    digest = pl.when(pl.col("path") == path).then(pl.lit(files.digest(broken))).otherwise("digest").alias("digest")
    write_samples(project, samples.with_columns(digest))
    error = refused(project)
    assert error.exit_code == Exit.INTEGRITY
    assert path in error.problem


def test_another_model_than_the_exported_one_ends_with_5(project) -> None:
    model = project.outputs(NAME) / "export" / "model.onnx"
    model.write_bytes(model.read_bytes() + b"\0")
    assert refused(project).exit_code == Exit.INTEGRITY


@pytest.mark.parametrize("classes", (("stripes", "circles"), ("circles", "squares")))
def test_other_classes_end_with_5(project, classes) -> None:
    from tests.exported import exported_folder

    exported_folder(project.outputs(NAME) / "export", classes)
    error = refused(project)
    assert error.exit_code == Exit.INTEGRITY
    assert "classes" in error.problem


def test_an_empty_test_split_ends_with_3(project) -> None:
    samples = samples_table(project)
    write_samples(project, samples.with_columns(split=pl.col("split").replace("test", "val")))
    assert refused(project).exit_code == Exit.NO


def test_a_sample_without_a_vector_ends_with_5(project) -> None:
    from tests.evaluate.evaluated import publish

    vectors = pl.read_parquet(project.outputs(NAME) / "embed" / "vectors.parquet")
    publish(project, "embed", vectors=vectors.head(vectors.height - 3))
    error = refused(project)
    assert error.exit_code == Exit.INTEGRITY
    assert "3 of" in error.problem or "1 of" in error.problem or "2 of" in error.problem


def test_unknown_groups_and_clusters_name_the_nearest(tmp_path: Path) -> None:
    project = evaluated_project(tmp_path, cluster_by="blocks")
    error = refused(project)
    assert error.exit_code == Exit.INPUT
    assert "'block'" in error.problem


def test_says_how_many_test_samples_were_seen_in_training(project, capsys: pytest.CaptureFixture[str]) -> None:
    raw, samples = project.data(NAME) / "raw", samples_table(project)
    seen = samples.filter(pl.col("split") == "train")["path"][0]
    copy = samples.filter(pl.col("split") == "test")["path"][0]
    (raw / copy).write_bytes((raw / seen).read_bytes())
    write_samples(project, samples_table(project))
    execute("evaluate", NAME, project)
    found = files.read_json(project.outputs(NAME) / "evaluate" / "evaluation.json")
    assert found["seen_in_training"] == 1
    assert "1 test samples have the same bytes" in capsys.readouterr().err


def refused(project) -> DlpipeError:
    with pytest.raises(DlpipeError) as caught:
        execute("evaluate", NAME, project)
    assert not (project.outputs(NAME) / "evaluate").exists()
    return caught.value
