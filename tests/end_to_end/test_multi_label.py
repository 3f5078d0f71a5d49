"""Several labels a sample, by the commands that a person types: from a table of real photos to a served model."""

from __future__ import annotations

import json
import urllib.request
import zipfile
from collections import defaultdict
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from dlpipe.core.errors import Exit
from tests.making import QUICK
from tests.typed import edit, run, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.timeout(1200), pytest.mark.slow]

CLASSES = ["defective", "doubtful", "poly"]
_EACH = 8
"""Photos of every cell type and opinion of the experts."""
_SETTINGS = {
    ("dataset", "modality", "size_px"): 32,
    ("dataset", "task"): {"name": "multi_label"},
    ("dataset", "groups"): ["part"],
    ("ingest", "source"): {"name": "table"},
    ("embed", "model"): {"name": "small_cnn", "width": 4, "depth": 2},
    ("embed", "weights"): {"name": "random"},
    ("split", "splitter"): {"name": "stratified"},
    ("split", "fractions"): {"train": 0.5, "val": 0.25, "test": 0.25},
    ("train", "model"): {"name": "small_cnn", "width": 4, "depth": 2},
    ("train", "weights"): {"name": "random"},
    ("train", "epochs"): 2,
    ("train", "class_weights"): "balanced",
    ("evaluate", "num_resamples"): 100,
    ("evaluate", "robustness"): {"jpeg": {}},
    ("evaluate", "robustness_samples"): 6,
    ("evaluate", "efficiency"): QUICK,
    ("gate", "limits"): {"macro_auroc": {"at_least": 0.0}, "per_class.*.f1": {"at_least": 0.0, "warn": True}},
}


def write_photos(wheel: Path, raw: Path, each: int = _EACH) -> None:
    """Real photos of solar cells, and labels.csv: what each has of `CLASSES`, in one cell; some have none, one no row."""
    raw.mkdir(parents=True, exist_ok=True)
    rows = ["path,label,part"]
    with zipfile.ZipFile(wheel) as packed:
        for path, label in _chosen(packed.read("elpv_dataset/data/labels.csv").decode(), each):
            name = PurePosixPath(path).name
            (raw / name).write_bytes(packed.read(f"elpv_dataset/data/{path}"))
            rows.append(f"{name},{label},{'odd' if int(name[4:8]) % 2 else 'even'}")
    unlabelled = rows.pop().partition(",")[0]  # its file stays without a row
    (raw / "labels.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    assert (raw / unlabelled).is_file()


def _chosen(table: str, each: int) -> Iterator[tuple[str, str]]:
    """Path and label of the first photos of every cell type and probability of a defect."""
    taken: defaultdict[tuple[str, str], int] = defaultdict(int)
    for line in table.splitlines():
        path, probability, cell_type = line.split()
        taken[probability, cell_type] += 1
        if taken[probability, cell_type] <= each:
            value = float(probability)
            held = {"defective": value > 0.5, "doubtful": 0 < value < 1, "poly": cell_type == "poly"}
            yield path, "|".join(name for name, is_so in held.items() if is_so)


@pytest.fixture(scope="module")
def cells(tmp_path_factory: pytest.TempPathFactory, elpv_wheel: Path) -> Path:
    """A project whose pipeline `cells` was run."""
    project = tmp_path_factory.mktemp("several labels")
    run(["dlpipe", "init", "cells"], project)
    edit(project / "pipelines/cells.yaml", _SETTINGS)
    write_photos(elpv_wheel, project / "data/cells/raw")
    run(["dlpipe", "run", "cells"], project)
    return project


def _read(project: Path, name: str) -> dict[str, Any]:
    return json.loads((project / "data/cells" / name).read_text(encoding="utf-8"))


def test_every_stage_knows_the_classes(cells: Path) -> None:
    split = _read(cells, "split/report.json")["counts"]
    assert {name: list(counts) for name, counts in split.items()} == dict.fromkeys(("train", "val", "test"), CLASSES)
    samples = pl.read_parquet(cells / "data/cells/split/samples.parquet")
    assert samples["label"].null_count() == samples["split"].null_count() == 1
    assert "" in samples["label"].to_list(), "a cell without any of the classes is a label too"
    model = _read(cells, "export/model.json")
    assert (model["classes"], model["schema_version"], len(model["thresholds"])) == (CLASSES, 3, 3)
    assert _read(cells, "gate/gate.json")["verdict"] == "pass"


def test_the_evaluation_measures_sets_and_each_class_and_says_what_it_leaves_out(cells: Path) -> None:
    found = _read(cells, "evaluate/evaluation.json")
    assert list(found["per_class"]) == CLASSES
    assert {"macro_f1", "micro_f1", "macro_auroc", "mean_average_precision"} <= set(found["metrics"])
    assert {"subset_accuracy", "hamming_loss", "macro_ece"} <= set(found["metrics"])
    assert set(found["baselines"]) == {"prevalence", "knn", "logistic_regression"}
    assert set(found["fairness"]["part"]) >= {f"equalized_odds.{name}" for name in CLASSES}
    assert "confusion" in found["left_out"]
    page = (cells / "data/cells/evaluate/report.html").read_text(encoding="utf-8")
    assert "What it answers, class by class" in page
    assert "the one answer of a sample" in _read(cells, "explain/explanations.json")["left_out"]["explain"]


def test_predict_names_all_classes_over_their_thresholds(cells: Path) -> None:
    photos = sorted((cells / "data/cells/raw").glob("*.png"))[:5]
    words = ["dlpipe", "predict", "cells", *map(str, photos)]
    thresholds = dict(zip(CLASSES, _read(cells, "export/model.json")["thresholds"], strict=True))
    answers = json.loads(run([*words, "--json"], cells).stdout)
    assert len(answers) == 5
    for answer in answers:
        given = answer["probabilities"]
        assert answer["labels"] == [name for name in CLASSES if given[name] >= thresholds[name]]
    shown = run(words, cells).stdout
    assert all(name in shown for name in ("labels", *CLASSES))
    assert run([*words, "--csv"], cells).stdout.splitlines()[0] == "path,labels,p.defective,p.doubtful,p.poly,reason"


def test_serve_answers_the_same(cells: Path) -> None:
    photo = min((cells / "data/cells/raw").glob("*.png"))
    (wanted,) = json.loads(run(["dlpipe", "predict", "cells", str(photo), "--json"], cells).stdout)
    with serving(["dlpipe", "serve", "cells", "--port", "0"], cells, seconds=120) as address:
        asked = urllib.request.Request(f"{address}/predict", photo.read_bytes(), method="POST")  # noqa: S310 - our own
        with urllib.request.urlopen(asked, timeout=60) as reply:  # noqa: S310
            answer = json.load(reply)
    assert (answer["labels"], answer["probabilities"]) == (wanted["labels"], wanted["probabilities"])


def test_two_models_are_compared_and_what_makes_no_sense_is_refused_in_a_sentence(cells: Path) -> None:
    found = json.loads(run(["dlpipe", "compare", "cells", "cells", "--json"], cells).stdout)
    assert found["paired"]["metrics"]["macro_f1"]["difference"] == 0
    said = run(["dlpipe", "mitigate", "cells", "balance", "--by", "part"], cells, code=Exit.INPUT).stderr
    assert "mitigations go by the one class of a sample" in said
