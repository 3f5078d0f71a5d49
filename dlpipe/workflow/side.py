"""One side of a comparison: a pipeline as it is here, a registered version, or a run of MLflow."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlpipe.comparison.answers import Answers, read_answers
from dlpipe.core import config, files
from dlpipe.core.errors import DlpipeError, Exit, nearest
from dlpipe.core.plugin import plain
from dlpipe.core.stage import settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dlpipe.core.project import Project

_FORMS = "name a pipeline (solar), a registered version (solar@3, solar@champion), or an MLflow run by id"
_SECTIONS = ("dataset", "train", "export")
"""Settings that make a model another one; a run keeps those it was trained with."""


@dataclass(frozen=True)
class Side:
    """A model that was evaluated."""

    name: str
    about: str
    """Where it was found, in words."""
    evaluation: Mapping[str, Any]
    answers: Answers
    settings: Mapping[str, str]
    """Flat, as `train.epochs`: text."""


def side_of(project: Project, name: str) -> Side:
    """What `name` means.

    Raises:
        DlpipeError: it means nothing (2), it was never evaluated (2), MLflow is away (4), or files do not belong
            together (5).
    """
    from dlpipe.tracking.looking import is_run, run_id_of

    if name in project.pipelines():
        return _pipeline(project, name)
    if "@" in name:
        return _version(project, name)
    if is_run(name):
        return _run(project, name, run_id_of(project, name), "MLflow run")
    problem = f"'{name}' is no pipeline, version or run; {nearest(name, project.pipelines())}"
    raise DlpipeError(problem, _FORMS)


def _pipeline(project: Project, name: str) -> Side:
    from dlpipe.tracking.names import flat_params

    folder = project.outputs(name) / "evaluate"
    if not (folder / "evaluation.json").is_file():
        raise DlpipeError(f"pipeline '{name}' was never evaluated here", f"`dlpipe run {name}` does it")
    document = config.read(project.pipeline_file(name))
    read = {section: config.section(document, section, settings(section)) for section in _SECTIONS}
    found = {section: plain(values) for section, values in read.items()}
    about = f"pipeline {name} as it is in this folder"
    return _read(name, about, folder / "evaluation.json", folder / "predictions.parquet", flat_params(found))


def _version(project: Project, name: str) -> Side:
    from dlpipe.tracking.promotion import version_of
    from dlpipe.tracking.registry import MODEL_TAG

    pipeline, _, which = name.partition("@")
    version = version_of(project, project.existing(pipeline), which, "compare")
    aliases = f" ({', '.join(version.aliases)})" if version.aliases else ""
    side = _run(project, name, version.run_id, f"version {version.number} of {pipeline}{aliases}, run")
    if side.evaluation["model_digest"] != version.tags.get(MODEL_TAG):
        problem = f"the evaluation of run {version.run_id} is of another model than version {version.number}"
        raise DlpipeError(
            problem, "register that model again; its run was trained or evaluated anew since", Exit.INTEGRITY
        )
    return side


def _run(project: Project, name: str, run_id: str, about: str) -> Side:
    from dlpipe.tracking.looking import evaluated_run

    with tempfile.TemporaryDirectory(prefix="dlpipe-compare-") as temporary:
        seen = evaluated_run(project, run_id, Path(temporary))
        return _read(name, f"{about} {run_id[:8]}", seen.evaluation, seen.predictions, seen.params)


def _read(name: str, about: str, evaluation: Path, predictions: Path, flat: Mapping[str, str]) -> Side:
    found = files.read_json(evaluation)
    if "metric_settings" not in found:
        problem = f"{name} was evaluated by an older dlpipe, which did not write down how"
        raise DlpipeError(problem, "evaluate it again with this one (`dlpipe run NAME`)")
    return Side(name, about, found, read_answers(found, predictions), flat)
