"""`pipelines/<name>.champion.json`: the model in use, in git, so that a change of it is a commit and DVC sees it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any

from dlpipe.core import files
from dlpipe.core.errors import DlpipeError, Exit

if TYPE_CHECKING:
    from pathlib import Path

    from dlpipe.core.project import Project

SCHEMA_VERSION = 1

MODEL, DESCRIPTION, FITTED = "model.onnx", "model.json", "fitted.parquet"
"""What is kept of a version: the network, what serving needs, and ids and digests of the samples it was fitted on."""


@dataclass(frozen=True)
class Champion:
    """The version that a person has promoted."""

    version: str
    """Its number in MLflow's registry."""
    model_digest: str
    """SHA-256 of `model.onnx`."""
    description_digest: str
    """SHA-256 of `model.json`."""
    fitted_digest: str
    """SHA-256 of `fitted.parquet`, which stays beside the model: it would be too large for git."""
    num_fitted: int
    """How many samples it was trained and tuned on."""
    gate: str
    """The gate's verdict at its promotion."""
    because: str | None = None
    """Why it was promoted, in the words of who did it."""
    metrics: dict[str, Any] = field(default_factory=dict[str, Any])
    """Value, low and high of each metric in its own evaluation, for people; comparisons measure anew."""

    def folder(self, project: Project) -> Path:
        """Where this machine keeps its files."""
        return project.local / "champions" / f"{self.model_digest[:16]}-{self.description_digest[:8]}"


def read(path: Path) -> Champion | None:
    """The champion of a pipeline, None while there is none (`{}`).

    Raises:
        DlpipeError: the file is missing (2), or no dlpipe wrote it (5).
    """
    found = files.read_json(path)
    if found == {}:
        return None
    names = {each.name for each in fields(Champion)}
    if not isinstance(found, dict) or found.pop("schema_version", None) != SCHEMA_VERSION or set(found) != names:
        problem = f"{path} is no champion file of this dlpipe"
        fix = f"`git checkout {path.name}` in {path.parent}, or promote again: `dlpipe promote {_pipeline(path)}`"
        raise DlpipeError(problem, fix, Exit.INTEGRITY)
    return Champion(**found)


def write(path: Path, champion: Champion | None) -> None:
    """Replaces the file; None is `{}`."""
    files.write_json(path, {} if champion is None else {"schema_version": SCHEMA_VERSION, **asdict(champion)})


def _pipeline(path: Path) -> str:
    return path.name.removesuffix(".champion.json")
