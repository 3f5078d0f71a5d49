"""Makes small projects by hand, so that a test of one stage does not need the command that makes projects."""

from __future__ import annotations

import csv
import io
import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from ruamel.yaml import YAML

from dlpipe.core.project import Project

if TYPE_CHECKING:
    from collections.abc import Sequence

REPOSITORY = Path(__file__).resolve().parents[1]
CLASSES = ("circles", "stripes")
_SMALL = {"name": "small_cnn", "width": 4, "depth": 2}
QUICK = {"seconds": 0.05, "batch_sizes": [2]}
"""How a test times a model."""
SITES = ("north", "south", "west")


def make_project(
    root: Path,
    name: str = "demo",
    *,
    num_samples: int = 12,
    size_px: int = 32,
    classes: Sequence[str] = CLASSES,
    sections: Mapping[str, Any] | None = None,
    git: bool = False,
) -> Project:
    """A project with one pipeline over folders of pictures.

    Samples alternate between the classes; `data/<name>/raw/<class>/<number>.png`. `raw/../attributes.csv` stands beside
    raw/ with columns `path`, `label`, `site`, for sources that read a table. `sections` replaces whole sections of the
    pipeline file. Everything is deterministic; nothing is run.
    """
    project = Project(root)
    write_pictures(project.data(name) / "raw", num_samples, size_px, classes)
    _write(project.data(name) / "attributes.csv", attributes_csv(num_samples, classes))
    for given in ("verdicts.jsonl", "labels.jsonl"):
        _write(project.data(name) / "annotations" / given, "")
    _write_wiring(project, name)
    write_pipeline(project, name, {**_sections(size_px), **(sections or {})})
    if git:
        commit_all(root)
    return project


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _write_wiring(project: Project, name: str) -> None:
    config = "[core]\n    analytics = false\n    check_update = false\n    no_scm = true\n"
    _write(project.root / ".dvc" / "config", f"{config}    site_cache_dir = ../.dlpipe/dvc-site\n")
    for copied in (".dvcignore", ".gitignore"):
        _write(project.root / copied, (REPOSITORY / copied).read_text(encoding="utf-8"))
    wiring = (REPOSITORY / "dvc.yaml").read_text(encoding="utf-8")
    _write(project.root / "dvc.yaml", wiring.replace("solar", name))
    versions = (REPOSITORY / "pipelines" / "versions.yaml").read_text(encoding="utf-8")
    _write(project.versions_file, versions.replace("solar", name))
    _write(project.champion_file(name), "{}\n")


def _sections(size_px: int) -> dict[str, Any]:
    return {
        "dataset": {
            "modality": {"name": "image", "size_px": size_px},
            "task": {"name": "classification"},
            "seed": 0,
        },
        "ingest": {"source": {"name": "folder"}},
        "embed": {"model": _SMALL, "weights": {"name": "random"}},
        "clean": {"checks": {"exact_duplicate": {}}},
        "label": {},
        "split": {"splitter": {"name": "stratified"}},
        "train": {"model": _SMALL, "weights": {"name": "random"}, "epochs": 2, "batch_size": 4},
        "export": {},
        "evaluate": {"num_resamples": 100, "efficiency": QUICK, "robustness": {}},
        "explain": {"errors": 4, "unsure": 2, "per_class": 1, "shortcut_samples": 8},
        "gate": {},
        "register": {},
    }


def write_pipeline(project: Project, name: str, sections: Mapping[str, Any]) -> None:
    """Writes `pipelines/<name>.yaml`."""
    stream = io.StringIO()
    YAML(typ="rt").dump(json.loads(json.dumps(sections)), stream)  # plain copies: one value twice would be an alias
    _write(project.pipeline_file(name), stream.getvalue())


def read_pipeline(project: Project, name: str) -> dict[str, Any]:
    """`pipelines/<name>.yaml` as plain values, for `write_pipeline` with a change."""
    return YAML(typ="safe", pure=True).load(project.pipeline_file(name).read_text(encoding="utf-8"))


def write_pictures(raw: Path, count: int, size_px: int, classes: Sequence[str] = CLASSES) -> list[Path]:
    """`count` pictures that alternate between the classes, each different from every other."""
    from PIL import Image

    made: list[Path] = []
    for number in range(count):
        kind = number % len(classes)
        path = raw / classes[kind] / f"{number:04}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture(kind, number, size_px)).save(path)
        made.append(path)
    return made


def picture(kind: int, number: int, size_px: int) -> np.ndarray[Any, Any]:
    """Shape (size, size, 3) uint8: circles, stripes, or a checkerboard of more squares for each further kind."""
    random = np.random.default_rng(1000 * kind + number)
    rows, columns = np.mgrid[0:size_px, 0:size_px] / size_px
    centre = random.uniform(0.35, 0.65, 2)
    if kind == 0:
        shape = np.hypot(rows - centre[0], columns - centre[1]) < random.uniform(0.2, 0.35)
    elif kind == 1:
        shape = np.sin((rows + centre[0]) * random.uniform(30, 45)) > 0
    else:
        shape = (np.floor(rows * 2 * kind + centre[0]) + np.floor(columns * 2 * kind + centre[1])) % 2 > 0
    noise = random.normal(0, 12, (size_px, size_px, 3))
    tint = random.uniform(0.8, 1.0, 3)
    return np.clip((60 + 120 * shape[..., None]) * tint + noise, 0, 255).astype(np.uint8)


def attributes_csv(count: int, classes: Sequence[str] = CLASSES) -> str:
    """`path,label,site`, a row a picture of `write_pictures`; sites are independent of classes."""
    stream = io.StringIO()
    table = csv.writer(stream, lineterminator="\n")
    table.writerow(("path", "label", "site"))
    for number in range(count):
        label = classes[number % len(classes)]
        table.writerow((f"{label}/{number:04}.png", label, SITES[number // len(classes) % len(SITES)]))
    return stream.getvalue()


def commit_all(root: Path) -> None:
    """Makes `root` a git repository with everything committed, by an author of its own."""
    config = root / ".dvc" / "config"
    config.write_text(config.read_text(encoding="utf-8").replace("    no_scm = true\n", ""), encoding="utf-8")
    author = ["-c", "user.name=tests", "-c", "user.email=tests@example.invalid", "-c", "commit.gpgsign=false"]
    for command in (["init", "-q", "-b", "main"], ["add", "-A"], [*author, "commit", "-q", "-m", "made"]):
        subprocess.run(["git", *command], cwd=root, check=True)
