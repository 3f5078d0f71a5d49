from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from pydantic import ValidationError

from dlpipe.core import files
from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.stage import STAGES, Inputs, Summary
from dlpipe.core.table import read_table, write_table
from dlpipe.dataset import Dataset
from dlpipe.export.stage import Config, run
from dlpipe.predictor import Predictor
from tests.exported import SIZE_PX, small_network, small_onnx, trained_description

if TYPE_CHECKING:
    from collections.abc import Callable

    from dlpipe.core.project import Project
    from dlpipe.network import Network

CLASSES = ("circles", "stripes")


@pytest.fixture(autouse=True)
def quick_export(monkeypatch: pytest.MonkeyPatch) -> None:
    """Writes what torch would write for `small_network`, which `tests/graph` compares."""

    written = {count: small_onnx(count) for count in (2, 3)}

    def write(network: Network, example: Any, outputs: Any, path: Path) -> None:
        path.write_bytes(written[network.head.out_features])  # type: ignore[index]

    monkeypatch.setattr("dlpipe.graph.write.write_graph", write)


@pytest.fixture
def project(project_factory: Callable[..., Project]) -> Project:
    return trained(project_factory(size_px=SIZE_PX, num_samples=30), CLASSES)


def trained(project: Project, classes: tuple[str, ...]) -> Project:
    """Writes what `split` and `train` would; two thirds of the samples are of val."""
    from safetensors.torch import save_file

    data = project.data("demo")
    names = sorted(path.relative_to(data / "raw").as_posix() for path in (data / "raw").rglob("*.png"))
    for folder in ("split", "train"):
        (data / folder).mkdir()
    table = pl.DataFrame(
        {
            "id": names,
            "path": names,
            "digest": [hashlib.sha256((data / "raw" / name).read_bytes()).hexdigest() for name in names],
            "label": [name.split("/")[0] for name in names],
            "split": [("train", "val", "val")[row % 3] for row in range(len(names))],
        }
    )
    write_table(table, data / "split" / "samples.parquet")
    save_file(small_network(len(classes)).state_dict(), data / "train" / "weights.safetensors")
    files.write_json(data / "train" / "model.json", trained_description(classes))
    return project


def exported(project: Project, **settings: Any) -> tuple[Path, Summary]:
    dataset = Dataset.model_validate(
        {"modality": {"name": "image", "size_px": SIZE_PX}, "task": {"name": "classification"}}
    )
    inputs = Inputs(STAGES["export"], "demo", project, dataset, project.data("demo") / "raw")
    with files.replacing(project.data("demo") / "export") as out:
        summary = run(Config.model_validate(settings), inputs, out)
    return project.data("demo") / "export", summary


def change_split(project: Project, *columns: pl.Expr) -> None:
    path = project.data("demo") / "split" / "samples.parquet"
    write_table(read_table(path).with_columns(*columns), path)


def test_the_folder_holds_all_that_serving_needs(project: Project) -> None:
    folder, summary = exported(project)
    assert sorted(path.name for path in folder.iterdir()) == ["digests.json", "model.json", "model.onnx"]
    described = files.read_json(folder / "model.json")
    assert trained_description().items() <= described.items()
    assert described["format"] == "onnx"
    assert described["temperature"] > 0
    assert 0 <= described["threshold"] <= 1
    assert described["checked"]["max_difference"] <= described["checked"]["tolerance"]
    assert described["checked"]["batch_sizes"] == [1, 2, 5]
    assert summary.facts["num_val"] == 20
    assert summary.facts["top1_agreement"] == 1.0


def test_torch_itself_gives_the_same_bytes(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    first = {path.name: path.read_bytes() for path in exported(project)[0].iterdir()}
    monkeypatch.undo()
    again = {path.name: path.read_bytes() for path in exported(project)[0].iterdir()}
    assert first == again


def test_the_threshold_reaches_the_recall_that_was_asked_for(project: Project) -> None:
    folder, _ = exported(project, aim="recall", at_least=1.0)
    predictor = Predictor(folder)
    table = read_table(project.data("demo") / "split" / "samples.parquet")
    wanted = table.filter((pl.col("split") == "val") & (pl.col("label") == "stripes"))["path"].to_list()
    answers = predictor.predict([(project.data("demo") / "raw" / path).read_bytes() for path in wanted])
    assert {answer.label for answer in answers} == {"stripes"}  # type: ignore[union-attr]


def test_more_than_two_classes_have_no_threshold(project_factory: Callable[..., Project]) -> None:
    classes = ("circles", "squares", "stripes")
    made = trained(project_factory(size_px=SIZE_PX, num_samples=30, classes=classes), classes)
    assert files.read_json(exported(made)[0] / "model.json")["threshold"] is None


@pytest.mark.parametrize(
    "change",
    (
        pl.when(pl.col("split") == "val").then(None).otherwise("label").alias("label"),
        pl.lit("train").alias("split"),
    ),
    ids=("no label", "no val"),
)
def test_without_a_labelled_val_there_is_nothing_to_fit_on(project: Project, change: pl.Expr) -> None:
    change_split(project, change)
    with pytest.raises(DlpipeError, match="no labelled sample for val") as caught:
        exported(project)
    assert caught.value.exit_code == Exit.NO
    assert not (project.data("demo") / "export").exists()


def test_one_class_in_val_gives_no_operating_point(project: Project) -> None:
    one = pl.when(pl.col("label") == "stripes").then(pl.lit("train")).otherwise("split").alias("split")
    change_split(project, one)
    with pytest.raises(DlpipeError, match="val holds only the class 'circles'") as caught:
        exported(project)
    assert caught.value.exit_code == Exit.NO


def test_a_label_that_the_network_does_not_know_is_refused(project: Project) -> None:
    change_split(project, pl.col("label").replace("stripes", "bands"))
    with pytest.raises(DlpipeError, match="val has the label 'bands'") as caught:
        exported(project)
    assert caught.value.exit_code == Exit.INTEGRITY


def test_unreadable_samples_of_val_are_left_out_and_counted(project: Project) -> None:
    path = project.data("demo") / "split" / "samples.parquet"
    table = read_table(path)
    bad = table.filter(pl.col("split") == "val")["path"][0]
    content = b"\x89PNG\r\n\x1a\n"
    (project.data("demo") / "raw" / bad).write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    change_split(project, pl.when(pl.col("path") == bad).then(pl.lit(digest)).otherwise("digest").alias("digest"))
    _, summary = exported(project)
    assert summary.facts["num_val"] == 19
    assert summary.notes == ["1 samples of val cannot be read and are left out"]


def test_an_impossible_tolerance_refuses_the_file(project: Project) -> None:
    with pytest.raises(DlpipeError, match="differs from the trained network") as caught:
        exported(project, tolerance=1e-12)
    assert caught.value.exit_code == Exit.NO


@pytest.mark.parametrize(
    "settings", ({"aim": "recall"}, {"at_least": 0.9}, {"aim": "f1", "at_least": 0.9}, {"aim": "cost"})
)
def test_at_least_belongs_to_recall(settings: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=r"belongs to `aim: (recall|cost)`"):
        Config.model_validate(settings)


def test_rules_by_group_are_shipped_instead_of_the_threshold_and_must_be_obeyed(project: Project) -> None:
    change_split(project, pl.Series("site", ["north", "south", "south", "north", "south", "north"] * 5))
    folder, summary = exported(project, group_thresholds={"by": "site"})
    described = files.read_json(folder / "model.json")
    assert (described["schema_version"], described["threshold"]) == (2, None)
    assert (described["group_thresholds"]["by"], described["group_thresholds"]["constraint"]) == (
        "site",
        "equalized_odds",
    )
    assert sorted(described["group_thresholds"]["rules"]) == ["north", "south"]
    assert any("refuse to answer without the value of 'site'" in note for note in summary.notes)
    picture = next((project.data("demo") / "raw").rglob("*.png")).read_bytes()
    predictor = Predictor(folder)
    with pytest.raises(DlpipeError, match="decides by 'site', and nothing says which"):
        predictor.predict([picture])
    first, other = predictor.predict([picture, picture], ["north", "south"])
    assert (first.group, other.group) == ("north", "south")  # type: ignore[union-attr]
    assert first.probabilities == other.probabilities  # type: ignore[union-attr]


def test_rules_by_group_need_two_classes(project_factory: Callable[..., Project]) -> None:
    classes = ("circles", "squares", "stripes")
    made = trained(project_factory(size_px=SIZE_PX, num_samples=30, classes=classes), classes)
    with pytest.raises(DlpipeError, match="needs two classes"):
        exported(made, group_thresholds={"by": "site"})


def test_curves_costs_and_sets_are_shipped_and_few_samples_are_told(project: Project) -> None:
    costs = {"missed": 5, "false_alarm": 1}
    folder, summary = exported(project, aim="cost", costs=costs, calibration="isotonic", conformal=0.99)
    described = files.read_json(folder / "model.json")
    assert [list(curve) for curve in described["isotonic"]] == [["x", "y"], ["x", "y"]]
    assert described["temperature"] == 1
    assert described["conformal"] == {"coverage": 0.99, "least_probability": 0}
    assert [note.split(":")[0] for note in summary.notes] == [
        "isotonic curves from 20 samples of val take chance for a rule",
        "val is too small for that coverage",
    ]
    picture = next((project.data("demo") / "raw").rglob("*.png")).read_bytes()
    answer = Predictor(folder).predict([picture])[0]
    assert answer.possible == CLASSES  # type: ignore[union-attr]
