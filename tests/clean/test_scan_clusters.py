"""What `clean` writes is the same bytes wherever pictures were looked at: here, on a Dask cluster, on Ray."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PIL import Image

from dlpipe.core import files
from dlpipe.core.engine import ENGINE_VARIABLE
from dlpipe.core.execution import execute
from dlpipe.core.table import read_table
from tests.clean.evidence import scene
from tests.core.clusters import dask_cluster, wait_for_workers
from tests.house.sources import REPOSITORY
from tests.making import make_project, read_pipeline, write_pipeline
from tests.published import publish_vectors

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from dlpipe.core.project import Project

pytestmark = pytest.mark.timeout(300)

NUM = 150
"""More than a cluster's worker gets at once."""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Photos of sizes and formats of their own, a copy, a crop, a black one and a truncated one."""
    made = make_project(tmp_path / "project", num_samples=2)
    write_pipeline(made, "demo", {**read_pipeline(made, "demo"), "clean": {}})
    raw = made.data("demo") / "raw"
    for number in range(NUM):
        photo = Image.fromarray(scene(number, 70 + number % 7 * 40))
        photo.save(raw / ("circles", "stripes")[number % 2] / f"photo{number}.{('png', 'jpg')[number % 3 > 0]}")
    whole = raw / "circles" / "photo6.png"
    (raw / "circles" / "copy.png").write_bytes(whole.read_bytes())
    (raw / "circles" / "half.png").write_bytes(whole.read_bytes()[:3000])
    Image.open(whole).crop((10, 10, 300, 300)).save(raw / "stripes" / "crop.png")
    Image.new("RGB", (90, 90)).save(raw / "circles" / "black.png")
    execute("ingest", "demo", made)
    publish_vectors(made)
    return made


def cleaned(project: Project, monkeypatch: pytest.MonkeyPatch, engine: str) -> Mapping[str, str]:
    """The digest of every file that `clean` writes."""
    monkeypatch.setenv(ENGINE_VARIABLE, engine)
    execute("clean", "demo", project)
    return files.digests(project.outputs("demo") / "clean")


def same_as_here(project: Project, monkeypatch: pytest.MonkeyPatch, engine: str) -> None:
    here = cleaned(project, monkeypatch, "processes")
    issues = read_table(project.outputs("demo") / "clean" / "issues.parquet")
    assert issues.height > 10 * NUM
    assert {"dark", "exact_duplicate"} <= set(issues.filter("is_issue")["check"])
    assert cleaned(project, monkeypatch, engine) == here


def test_a_dask_cluster_of_two_workers_gives_the_same_bytes(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    pytest.importorskip("distributed", reason="Dask is an extra: pip install 'dlpipe[dask]'")
    with dask_cluster(tmp_path) as (address, _):
        monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", address)
        wait_for_workers(address, 2)
        same_as_here(project, monkeypatch, "dask")


@pytest.mark.slow
def test_ray_gives_the_same_bytes(project: Project, monkeypatch: pytest.MonkeyPatch):
    ray = pytest.importorskip("ray", reason="Ray is an extra: pip install 'dlpipe[ray]'")
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    monkeypatch.setenv("PYTHONPATH", str(REPOSITORY))
    try:
        same_as_here(project, monkeypatch, "ray")
    finally:
        ray.shutdown()
