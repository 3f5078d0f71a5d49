"""`pipelines/versions.yaml`: what each stage computes, as numbers that DVC sees.

DVC reruns a stage when a parameter changes. A comment in the code must rerun nothing and a change in what a stage
computes must, here and in a project made by `init`: so a number, not the code, is the parameter.
"""

from __future__ import annotations

import io
from importlib.metadata import distributions
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML

from dlpipe.core import config, files
from dlpipe.core.stage import RAW, STAGES, module, raw_folder

if TYPE_CHECKING:
    from dlpipe.core.project import Project


def stage_numbers() -> dict[str, int]:
    """`VERSION` of every stage of this dlpipe."""
    return {name: module(name).VERSION for name in STAGES}


def outside_plugins() -> dict[str, str]:
    """Distributions that bring plug-ins, with their versions."""
    bring = (
        found for found in distributions() if any(point.group.startswith("dlpipe.") for point in found.entry_points)
    )
    return dict(sorted((found.name, found.version) for found in bring))


def refresh(project: Project, pipeline: str) -> list[str]:
    """Brings the file up to date and says, a line each, what will run again because of it."""
    document = config.read(project.versions_file)
    tree = document.tree
    said: list[str] = []
    for name, number in stage_numbers().items():
        if tree.get(name) != number:
            said.append(f"{name} computes version {number} now (was {tree.get(name)}): it will run again")
            tree[name] = number
    plugins = outside_plugins()
    if dict(tree.get("plugins") or {}) != plugins:
        said.append("the plug-ins of other distributions have changed: every stage will run again")
        tree["plugins"] = plugins
    outside = tree.setdefault("outside", {})
    listing = _outside_listing(project, pipeline)
    if pipeline not in outside or outside[pipeline] != listing:
        if outside.get(pipeline) is not None:
            said.append("the raw folder outside of data/ has changed: ingest will run again")
        outside[pipeline] = listing
    if (text := _dump(tree)) != project.versions_file.read_text(encoding="utf-8"):
        files.write_text(project.versions_file, text)
    return said


def _dump(tree: Any) -> str:
    yaml = YAML(typ="rt")
    stream = io.StringIO()
    yaml.dump(tree, stream)
    return stream.getvalue()


def _outside_listing(project: Project, pipeline: str) -> str | None:
    """Digest of names, sizes and times of a raw folder that DVC does not see; None where DVC sees it."""
    raw = raw_folder(project, pipeline, config.read(project.pipeline_file(pipeline)))
    if raw == project.data(pipeline) / RAW:
        return None
    return files.listing(raw)
