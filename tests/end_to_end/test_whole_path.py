"""The README's commands on the real photos of solar cells, typed as a user would: small pictures, one epoch."""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.typed import edited, run, serving

pytestmark = pytest.mark.timeout(1500)

_QUICKER = {
    ("train", "model"): {"name": "small_cnn", "width": 4, "depth": 2},
    ("train", "weights"): {"name": "random"},
    ("evaluate", "robustness"): {},
    ("gate", "limits"): {"auroc": {"at_least": 0.0}},
}
"""For a smoke run, which is about the place of its outputs."""
_EARLIER = ("ingest", "embed", "clean", "label", "split")


def _locked(project: Path) -> dict[str, Any]:
    from dlpipe.core.config import read

    return read(project / "dvc.lock").plain("stages")


def _num_runs(project: Path) -> int:
    with sqlite3.connect(project / "mlflow.db") as store:
        return store.execute("select count(*) from runs").fetchone()[0]


def _stale(project: Path) -> set[str]:
    """Stages that DVC itself calls changed, those that follow left out."""
    said = json.loads(run(["dvc", "status", "--json"], project).stdout)
    return {name.split("@")[0] for name in said}


def test_the_closing_summary_says_what_matters(finished: Path) -> None:
    said = (finished / "run.txt").read_text(encoding="utf-8")
    for word in (
        "auroc",
        "majority",
        "logistic",
        "equalized_odds",
        "verdict",
        "git add",
        "dvc push",
        "dlpipe serve solar",
    ):
        assert word in said.lower() or word.replace("_", " ") in said.lower(), word


def test_every_sample_has_one_fate(finished: Path) -> None:
    import polars as pl

    home = finished / "data" / "solar"
    listed, kept = (pl.read_parquet(home / stage / "samples.parquet") for stage in ("ingest", "clean"))
    aside = pl.read_parquet(home / "clean" / "set_aside.parquet")
    assert listed.height == 2624
    assert sorted([*kept["id"], *aside["id"]]) == sorted(listed["id"])
    split = pl.read_parquet(home / "split" / "samples.parquet")
    sides = split.drop_nulls("split").group_by("block").agg(pl.col("split").n_unique())
    assert sides["split"].max() == 1, "a block of neighbouring cells stands on two sides"


def test_dvc_repro_is_up_to_date(finished: Path) -> None:
    said = run(["dvc", "repro"], finished).stdout
    assert "up to date" in said
    assert "Running stage" not in said


def test_dvc_shows_graph_metrics_and_plots(finished: Path, tmp_path: Path) -> None:
    assert "register@solar" in run(["dvc", "dag"], finished).stdout
    metrics = json.loads(run(["dvc", "metrics", "show", "--json"], finished).stdout)
    found = metrics[""]["data"]["data/solar/evaluate/metrics.json"]["data"]
    evaluation = json.loads((finished / "data/solar/evaluate/evaluation.json").read_bytes())
    assert found["auroc"] == evaluation["metrics"]["auroc"]["value"]
    page = tmp_path / "plots"
    run(["dvc", "plots", "show", "--out", str(page)], finished)
    assert (page / "index.html").stat().st_size > 10_000


def test_dvc_params_diff_names_the_edit(finished: Path) -> None:
    with edited(finished / "pipelines/solar.yaml", {("train", "epochs"): 2}):
        diff = json.loads(run(["dvc", "params", "diff", "--json"], finished).stdout)
        change = diff["pipelines/solar.yaml"]["train.epochs"]
        assert (change["old"], change["new"]) == (1, 2)


def test_a_change_reruns_what_follows_and_nothing_before(finished: Path) -> None:
    pipeline = finished / "pipelines/solar.yaml"
    with edited(pipeline, {("train", "epochs"): 2}):
        assert _stale(finished) == {"train"}
    with edited(pipeline, {("gate", "limits"): {"auroc": {"at_least": 0.41}}}):
        assert _stale(finished) == {"gate"}
    assert _stale(finished) == set()


def test_an_edit_of_the_gate_is_an_experiment_of_two_stages(finished: Path, tmp_path: Path) -> None:
    clone = _second(finished, tmp_path)
    before = _locked(clone)
    run(["dvc", "exp", "run", "-S", "pipelines/solar.yaml:gate.limits.auroc.at_least=0.42"], clone)
    after = _locked(clone)
    assert after["gate@solar"] != before["gate@solar"]
    assert {name: after[name] for name in after if name.split("@")[0] not in {"gate", "register"}} == {
        name: before[name] for name in before if name.split("@")[0] not in {"gate", "register"}
    }


def _second(finished: Path, folder: Path) -> Path:
    """A clone that has everything from the remote."""
    remote, clone = folder / "remote", folder / "clone"
    run(["dvc", "remote", "add", "--force", "--local", "--default", "here", str(remote)], finished)
    run(["dvc", "push", "--quiet"], finished)
    run(["git", "clone", "--quiet", str(finished), str(clone)], folder)
    run(["dvc", "remote", "add", "--local", "--default", "here", str(remote)], clone)
    run(["dvc", "pull", "--quiet"], clone)
    return clone


def test_a_second_clone_pulls_instead_of_training(finished: Path, tmp_path: Path) -> None:
    clone = _second(finished, tmp_path)
    assert "up to date" in run(["dvc", "repro"], clone).stdout
    assert not (clone / ".dlpipe" / "checkpoints").exists()
    picture = clone / "data/solar/raw" / _a_picture(clone)
    answers = [
        json.loads(run(["dlpipe", "predict", "solar", str(picture), "--json"], here).stdout)
        for here in (finished, clone)
    ]
    strip = [[{key: row[key] for key in row if key not in {"path", "file"}} for row in answer] for answer in answers]
    assert strip[0] == strip[1]


def _a_picture(project: Path) -> str:
    import polars as pl

    return pl.read_parquet(project / "data/solar/split/samples.parquet")["path"][0]


def test_a_cache_hit_makes_no_second_run(finished: Path) -> None:
    runs = _num_runs(finished)
    key = json.loads((finished / "data/solar/train/run.json").read_bytes())
    shutil.rmtree(finished / "data/solar/train")
    run(["dlpipe", "run", "--quiet"], finished)
    assert json.loads((finished / "data/solar/train/run.json").read_bytes()) == key
    assert _num_runs(finished) == runs == 1


def test_the_run_in_mlflow_leads_back(finished: Path) -> None:
    with sqlite3.connect(finished / "mlflow.db") as store:
        tags = dict(store.execute("select key, value from tags").fetchall())
        metrics = {name for (name,) in store.execute("select distinct key from metrics")}
        params = {name for (name,) in store.execute("select distinct key from params")}
        digests = [digest for (digest,) in store.execute("select digest from datasets")]
        status = [found for (found,) in store.execute("select status from runs")]
        versions = dict(store.execute("select key, value from model_version_tags").fetchall())
    assert status == ["FINISHED"]
    assert {"train/loss", "val/loss", "test/auroc"} <= metrics
    assert any(name.startswith("system/") for name in metrics)
    assert any(name.endswith("epochs") for name in params)
    assert any(digest.endswith(".dir") for digest in digests)
    commit = run(["git", "rev-parse", "HEAD~1"], finished).stdout.strip()
    assert commit in {*tags.values(), *versions.values()}
    assert any("NC" in value for value in versions.values()), "the licence of the data is not on the model"


def test_predict_as_table_json_and_csv(finished: Path, tmp_path: Path) -> None:
    good = finished / "data/solar/raw" / _a_picture(finished)
    folder = tmp_path / "pictures"
    folder.mkdir()
    shutil.copy(good, folder / "good.png")
    (folder / "bad.png").write_text("no picture", encoding="utf-8")
    rows = json.loads(run(["dlpipe", "predict", "solar", str(folder), "--json"], finished).stdout)
    assert len(rows) == 2
    (answer,) = [row for row in rows if row.get("label")]
    assert answer["label"] in {"good", "defective"}
    assert 0.5 <= sum(answer["probabilities"].values()) <= 1.0001
    table = run(["dlpipe", "predict", "solar", str(folder / "good.png")], finished).stdout
    assert answer["label"] in table
    csv = run(["dlpipe", "predict", "solar", str(folder), "--csv"], finished).stdout
    assert len(csv.strip().splitlines()) == 3


def test_serve_answers_curl(finished: Path) -> None:
    picture = finished / "data/solar/raw" / _a_picture(finished)
    said = json.loads(run(["dlpipe", "predict", "solar", str(picture), "--json"], finished).stdout)[0]
    with serving(["dlpipe", "serve", "solar", "--port", "0"], finished) as address:
        answer = json.loads(run(["curl", "-sS", "--data-binary", f"@{picture}", f"{address}/predict"], finished).stdout)
    assert answer["label"] == said["label"]
    assert answer["probabilities"] == pytest.approx(said["probabilities"], abs=1e-5)


def test_a_smoke_run_has_outputs_of_its_own(finished: Path) -> None:
    before = (finished / "dvc.lock").read_bytes()
    runs = _num_runs(finished)
    with edited(finished / "pipelines/solar.yaml", _QUICKER):
        run(["dlpipe", "run", "solar", "--limit", "200", "--quiet"], finished)
    assert (finished / ".dlpipe/smoke/solar-200/evaluate/evaluation.json").is_file()
    assert (finished / "dvc.lock").read_bytes() == before
    assert _num_runs(finished) == runs


def test_a_stage_that_computes_something_else_runs_again(finished: Path) -> None:
    versions = finished / "pipelines/versions.yaml"
    text = versions.read_text(encoding="utf-8")
    (line,) = [line for line in text.splitlines() if line.startswith("gate:")]
    try:
        versions.write_text(text.replace(line, "gate: 0"), encoding="utf-8")
        refused = run(["dvc", "repro"], finished, code=255)
        assert "dlpipe run" in refused.stderr
        said = run(["dlpipe", "run"], finished)
        assert "gate computes version" in said.stderr
    finally:
        versions.write_text(text, encoding="utf-8")
    assert _stale(finished) == set()
