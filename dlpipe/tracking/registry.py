"""MLflow's model registry: a version is whole before it can be seen, and its alias moves last.

Killed anywhere, the next start finds what is there by the digests in the version's tags and goes on: files are sent
again, a version that exists is used again, aliases are set at the end.
"""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlpipe.core import files
from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.tracking import names
from dlpipe.tracking.feeder import reason
from dlpipe.tracking.mlmodel import write_mlmodel
from dlpipe.tracking.opening import attach_run
from dlpipe.tracking.store import client_of, patient, store_of

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

    from mlflow.entities.model_registry import ModelVersion
    from mlflow.tracking import MlflowClient

    from dlpipe.core.project import Project

CHALLENGER = "challenger"
CHAMPION = "champion"
MODEL_TAG = "dlpipe.model.digest"
DESCRIPTION_TAG = "dlpipe.export.digest"
"""Digest of `model.json`: the same weights with another threshold or other class names are another model."""
FITTED_TAG = "dlpipe.fitted.digest"
"""Digest of `fitted.parquet`: which samples the model has seen, without which nobody may compare it with another."""

_LONGEST_DESCRIPTION = 4500


@dataclass(frozen=True)
class Candidate:
    """A model that may be registered, and what leads back to where it comes from."""

    onnx: Path
    described: Path
    """The exported `model.json`."""
    fitted: Path
    """`fitted.parquet`: ids and digests of the samples the model was trained and tuned on."""
    tags: Mapping[str, str]
    description: str
    """Markdown."""
    provenance: Sequence[Path]
    """Files that are shown on the run: `dvc.lock`, the pipeline file, the difference from the commit."""


@dataclass(frozen=True)
class Registered:
    """A version of a registered model."""

    name: str
    version: str
    aliases: tuple[str, ...]
    model_digest: str
    reused: bool


def register(project: Project, pipeline: str, key: str, candidate: Candidate) -> Registered:
    """Registers a model as the next version of `pipeline`, the challenger, or finds the version that it already is.

    The alias `champion` is left alone: a person gives it (`dlpipe promote`).

    Raises:
        DlpipeError: MLflow is away (4), does not take a value (2), or has other bytes than were sent (5).
    """
    with explained(project, pipeline):
        run_id = _mention(project, pipeline, key, candidate)
        client = client_of(store_of(project, pipeline))
        digests = {
            MODEL_TAG: files.digest(candidate.onnx),
            DESCRIPTION_TAG: files.digest(candidate.described),
            FITTED_TAG: files.digest(candidate.fitted),
        }
        tags = names.safe_tags({**candidate.tags, **digests})
        _ensure_model(client, pipeline)
        found = _same_model(client, pipeline, digests)
        version = found or _publish(client, pipeline, run_id, candidate, tags)
        if found is not None:
            _compare(client, found, digests[MODEL_TAG])
            for name, value in tags.items():
                client.set_model_version_tag(pipeline, str(found.version), name, value)
        client.set_registered_model_alias(pipeline, CHALLENGER, str(version.version))
        client.set_tag(run_id, "dlpipe.registered", f"{pipeline}/{version.version}")
        aliases = client.get_registered_model(pipeline).aliases
        held = tuple(sorted(alias for alias, number in aliases.items() if str(number) == str(version.version)))
    return Registered(pipeline, str(version.version), held, digests[MODEL_TAG], found is not None)


@contextmanager
def explained(project: Project, pipeline: str, what: str = "register") -> Generator[None]:
    """Turns what MLflow and its transports raise into sentences; `what` is the command that goes on where it stopped."""
    from dlpipe.tracking.store import prepare

    prepare(store_of(project, pipeline))
    from mlflow.exceptions import MlflowException

    try:
        yield
    except (MlflowException, OSError) as error:
        shown = store_of(project, pipeline).shown
        if getattr(error, "error_code", "") == "INVALID_PARAMETER_VALUE":
            fix = "mend that value in the pipeline file or the data's card"
            raise DlpipeError(f"MLflow ({shown}) does not take it: {reason(error)}", fix) from error
        problem = f"MLflow ({shown}) did not {what} '{pipeline}': {reason(error)}"
        fix = f"see that it runs and can be reached, then `dlpipe {what} {pipeline}` goes on where it stopped"
        raise DlpipeError(problem, fix, Exit.ENVIRONMENT) from error


def _mention(project: Project, pipeline: str, key: str, candidate: Candidate) -> str:
    run = attach_run(project, pipeline, key)
    for path in candidate.provenance:
        run.artifact(path, "provenance")
    return run.settled()


def _ensure_model(client: MlflowClient, name: str) -> None:
    from mlflow.exceptions import MlflowException

    try:
        client.create_registered_model(name)
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise


def _same_model(client: MlflowClient, name: str, digests: Mapping[str, str]) -> ModelVersion | None:
    """The oldest version with the same digests."""
    token: str | None = None
    same: list[Any] = []
    while True:
        page = client.search_model_versions(f"name = '{name}'", max_results=200, page_token=token)
        same += [version for version in page if digests.items() <= version.tags.items()]
        token = page.token
        if not token:
            return min(same, key=lambda version: int(version.version), default=None)


def _publish(
    client: MlflowClient, name: str, run_id: str, candidate: Candidate, tags: Mapping[str, str]
) -> ModelVersion:
    """Sends the files, compares what arrived, and only then makes the version."""
    place = f"model-{tags[MODEL_TAG][:12]}-{tags[DESCRIPTION_TAG][:6]}-{tags[FITTED_TAG][:6]}"
    with tempfile.TemporaryDirectory(prefix="dlpipe-register-") as temporary:
        folder = Path(temporary) / "model"
        write_mlmodel(candidate.onnx, [candidate.described, candidate.fitted], folder)
        with patient():
            client.log_artifacts(run_id, str(folder), place)
    artifacts = client.get_run(run_id).info.artifact_uri
    source = f"{str(artifacts).rstrip('/')}/{place}"
    _compare_bytes(client, run_id, place, tags[MODEL_TAG])
    return client.create_model_version(
        name, source, run_id=run_id, tags=dict(tags), description=names.cut(candidate.description, _LONGEST_DESCRIPTION)
    )


def _compare(client: MlflowClient, version: ModelVersion, digest: str) -> None:
    place = str(version.source).rstrip("/").rpartition("/")[2]
    _compare_bytes(client, str(version.run_id), place, digest)


def _compare_bytes(client: MlflowClient, run_id: str, place: str, digest: str) -> None:
    """Refuses a store that gives other bytes back than it was given (a proxy's page, a bad disk)."""
    with tempfile.TemporaryDirectory(prefix="dlpipe-register-") as temporary, patient():
        found = files.digest(Path(client.download_artifacts(run_id, f"{place}/model.onnx", temporary)))
    if found != digest:
        problem = f"MLflow gives other bytes back for {place}/model.onnx than were registered (SHA-256 {found[:12]}…)"
        fix = "find out what stands between here and its artifact store; do not use that version"
        raise DlpipeError(problem, fix, Exit.INTEGRITY)
