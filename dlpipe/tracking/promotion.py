"""Versions of a registered model: what leads to one, its files checked by digest, and who is the champion.

Nothing of a version is loaded as Python: its files are the bytes that `register` sent, compared with their digests.
"""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlpipe.core import files
from dlpipe.core.champion import DESCRIPTION, FITTED, MODEL
from dlpipe.core.errors import DlpipeError, Exit, nearest
from dlpipe.tracking import names
from dlpipe.tracking.registry import CHAMPION, explained
from dlpipe.tracking.store import client_of, patient, store_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlflow.tracking import MlflowClient

    from dlpipe.core.champion import Champion
    from dlpipe.core.project import Project


@dataclass(frozen=True)
class Version:
    """A registered version."""

    number: str
    run_id: str
    place: str
    """Folder of its files among its run's artifacts."""
    tags: Mapping[str, str]
    aliases: tuple[str, ...]


def versions(project: Project, pipeline: str, command: str) -> list[Version]:
    """All versions of a pipeline's model, the oldest first; none where nothing was registered.

    Raises:
        DlpipeError: MLflow is away (4).
    """
    with explained(project, pipeline, command):
        client = client_of(store_of(project, pipeline))
        aliases = _aliases(client, pipeline)
        found = list(client.search_model_versions(f"name = '{pipeline}'", max_results=10_000))
    return sorted((_version(one, aliases) for one in found), key=lambda version: int(version.number))


def version_of(project: Project, pipeline: str, which: str, command: str) -> Version:
    """The version of a number or an alias.

    Raises:
        DlpipeError: there is none of that name (2); MLflow is away (4).
    """
    found = versions(project, pipeline, command)
    if not found:
        raise DlpipeError(f"no version of '{pipeline}' is registered", f"`dlpipe run {pipeline}` registers one")
    for version in found:
        if which == version.number or which in version.aliases:
            return version
    known = [version.number for version in found] + sorted({alias for one in found for alias in one.aliases})
    problem = f"'{pipeline}' has no version or alias '{which}'; {nearest(which, known)}"
    raise DlpipeError(problem, f"known: {', '.join(known)}")


def fetched(project: Project, pipeline: str, champion: Champion, command: str) -> Path:
    """The folder of this machine with the champion's files; got from MLflow where it is not there yet.

    Raises:
        DlpipeError: MLflow is away (4); the version is gone, or holds other bytes than were registered (5).
    """
    folder = champion.folder(project)
    wanted = {
        MODEL: champion.model_digest,
        DESCRIPTION: champion.description_digest,
        FITTED: champion.fitted_digest,
    }
    if _holds(folder, wanted):
        return folder
    version = _still_there(project, pipeline, champion, command)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with explained(project, pipeline, command), files.replacing(folder) as draft:
        for name, digest in wanted.items():
            _download(client_of(store_of(project, pipeline)), version, name, digest, draft)
    return folder


def _still_there(project: Project, pipeline: str, champion: Champion, command: str) -> Version:
    for version in versions(project, pipeline, command):
        if version.number == champion.version:
            return version
    problem = f"version {champion.version} of '{pipeline}', the champion, is not in MLflow's registry"
    fix = f"set MLFLOW_TRACKING_URI to the store that has it, or promote another: `dlpipe promote {pipeline}`"
    raise DlpipeError(problem, fix, Exit.INTEGRITY)


def _holds(folder: Path, wanted: Mapping[str, str]) -> bool:
    places = {folder / name: digest for name, digest in wanted.items()}
    return all(place.is_file() and files.digest(place) == digest for place, digest in places.items())


def _download(client: MlflowClient, version: Version, name: str, digest: str, folder: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="dlpipe-promote-") as temporary, patient():
        there = Path(client.download_artifacts(version.run_id, f"{version.place}/{name}", temporary))
        if (found := files.digest(there)) != digest:
            problem = f"MLflow gives other bytes for {version.place}/{name} of version {version.number}: SHA-256 {found[:12]}…, registered was {digest[:12]}…"
            raise DlpipeError(problem, "do not use that version; register the model again", Exit.INTEGRITY)
        shutil.copyfile(there, folder / name)


def champion_alias(project: Project, pipeline: str, command: str) -> str | None:
    """The version that MLflow calls champion."""
    with explained(project, pipeline, command):
        return _aliases(client_of(store_of(project, pipeline)), pipeline).get(CHAMPION)


def set_champion(project: Project, pipeline: str, number: str, *, before: str | None, tags: Mapping[str, str]) -> None:
    """Moves the alias `champion` from version `before` to `number`, and says on the version why.

    Raises:
        DlpipeError: somebody else has moved it meanwhile (5), or MLflow is away (4).
    """
    with explained(project, pipeline, "promote"):
        client = client_of(store_of(project, pipeline))
        now = _aliases(client, pipeline).get(CHAMPION)
        if now != before:
            problem = f"MLflow's champion of '{pipeline}' is version {now} now, was {before} a moment ago: somebody else promotes"
            raise DlpipeError(problem, f"look at it, then `dlpipe promote {pipeline}` again", Exit.INTEGRITY)
        for name, value in names.safe_tags(tags).items():
            client.set_model_version_tag(pipeline, number, name, value)
        client.set_registered_model_alias(pipeline, CHAMPION, number)


def _aliases(client: MlflowClient, pipeline: str) -> dict[str, str]:
    from mlflow.exceptions import MlflowException

    try:
        found = client.get_registered_model(pipeline).aliases
    except MlflowException as error:
        if error.error_code == "RESOURCE_DOES_NOT_EXIST":
            return {}
        raise
    return {str(alias): str(number) for alias, number in found.items()}


def _version(found: Any, aliases: Mapping[str, str]) -> Version:
    number = str(found.version)
    place = str(found.source).rstrip("/").rpartition("/")[2]
    held = tuple(sorted(alias for alias, of in aliases.items() if of == number))
    return Version(number, str(found.run_id), place, dict(found.tags), held)
