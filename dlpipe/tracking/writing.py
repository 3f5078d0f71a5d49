"""The calls by which journal entries become MLflow's experiments, runs, metrics and artifacts."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.say import say
from dlpipe.tracking.store import patient

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from mlflow.entities import Run as MlflowRun
    from mlflow.tracking import MlflowClient

    from dlpipe.tracking.journal import Entry

RUN_TAG = "dlpipe.run"
"""Tag that holds the key by which dlpipe knows a run."""

ENDED_TAG = "dlpipe.ended"
"""Tag that says why a run failed or was killed."""

TOGETHER = ("metrics", "params", "tags")
DRIFT_TAG = "dlpipe.params.drift"
_REFUSALS = ("INVALID_PARAMETER_VALUE", "BAD_REQUEST")
_NAMES_IN_A_CALL = 90
"""MLflow takes 100 parameters or tags in a call."""


def experiment_id(client: MlflowClient, name: str, artifacts: Path | None) -> str:
    """The experiment `name`, made if there is none.

    Raises:
        DlpipeError: somebody deleted it in MLflow.
    """
    from mlflow.exceptions import MlflowException

    found = client.get_experiment_by_name(name)
    if found is None:
        place = (artifacts / name).absolute().as_uri() if artifacts is not None else None
        try:
            return client.create_experiment(name, artifact_location=place)
        except MlflowException as error:
            if error.error_code != "RESOURCE_ALREADY_EXISTS":
                raise
            found = client.get_experiment_by_name(name)
    if found is None or found.lifecycle_stage == "deleted":
        fix = (
            f"`mlflow experiments restore --experiment-id {found.experiment_id if found else '…'}`, then `dlpipe sync`"
        )
        raise DlpipeError(f"the experiment '{name}' has been deleted in MLflow", fix, Exit.ENVIRONMENT)
    return found.experiment_id


def one_run(client: MlflowClient, experiment: str, tag: str, value: str) -> MlflowRun | None:
    """The run with this tag. Where a lost answer has made two, the older stays and the others, still empty, go."""
    runs = client.search_runs([experiment], f"tags.`{tag}` = '{value}'")
    runs = sorted(runs, key=lambda run: (-len(run.data.metrics), run.info.start_time, run.info.run_id))
    for twin in runs[1:]:
        client.delete_run(twin.info.run_id)
    return runs[0] if runs else None


@dataclass
class Target:
    """A run in a store that entries are written to."""

    client: MlflowClient
    run_id: str
    spool: Path
    params: dict[str, str]
    """What the run already has; MLflow takes no other value for a parameter."""

    def write(self, found: Sequence[Entry]) -> None:
        """Writes entries of kinds that go together, or one of another kind."""
        calls = {"open": self._open, "end": self._end, "artifact": self._artifact, "dataset": self._dataset}
        if found[0].kind in TOGETHER:
            self._log(found)
        elif found[0].kind in calls:
            calls[found[0].kind](found[0])

    def _log(self, found: Sequence[Entry]) -> None:
        from mlflow.entities import Metric, Param, RunTag

        values = [(entry, name, value) for entry in found for name, value in entry.data["values"].items()]
        metrics = [
            Metric(name, float(value), entry.at, int(entry.data["step"]))
            for entry, name, value in values
            if entry.kind == "metrics"
        ]
        tags = {name: value for entry, name, value in values if entry.kind == "tags"}
        params: dict[str, str] = {}
        for entry, name, value in values:
            if entry.kind == "params":
                self._take_param(name, value, params, tags)
        self._call(metrics, [], [])
        for part in _parts([Param(name, value) for name, value in params.items()]):
            self._call([], part, [])
        for part in _parts([RunTag(name, value) for name, value in tags.items()]):
            self._call([], [], part)

    def _take_param(self, name: str, value: str, params: dict[str, str], tags: dict[str, str]) -> None:
        had = self.params.setdefault(name, value)
        if had == value:
            params[name] = value
            return
        drift = json.loads(tags.get(DRIFT_TAG, "{}"))
        tags[DRIFT_TAG] = json.dumps({**drift, name: [had[:200], value[:200]]}, ensure_ascii=False)

    def _call(self, metrics: list[Any], params: list[Any], tags: list[Any]) -> None:
        """One call. What MLflow refuses for good is looked for item by item and left out with a warning."""
        from mlflow.exceptions import MlflowException

        items = [*metrics, *params, *tags]
        if not items:
            return
        try:
            self.client.log_batch(self.run_id, metrics, params, tags, synchronous=True)
        except MlflowException as error:
            if error.error_code not in _REFUSALS:
                raise
            if len(items) == 1:
                say.warn(f"MLflow does not take {items[0].key}: {str(error).splitlines()[0][:200]}")
                return
            for metric in metrics:
                self._call([metric], [], [])
            for param in params:
                self._call([], [param], [])
            for tag in tags:
                self._call([], [], [tag])

    def _open(self, entry: Entry) -> None:
        from mlflow.entities import RunTag

        run = self.client.get_run(self.run_id)
        self.client.update_run(self.run_id, status="RUNNING")
        if ENDED_TAG in run.data.tags:
            self.client.delete_tag(self.run_id, ENDED_TAG)
        for part in _parts([RunTag(name, value) for name, value in entry.data["tags"].items()]):
            self._call([], [], part)

    def _end(self, entry: Entry) -> None:
        if entry.data.get("why"):
            self.client.set_tag(self.run_id, ENDED_TAG, entry.data["why"])
        self.client.set_terminated(self.run_id, entry.data["status"], end_time=entry.at)

    def _artifact(self, entry: Entry) -> None:
        path = self.spool / str(entry.data["copy"]) / str(entry.data["name"])
        if not path.is_file():
            say.detail(f"{entry.data['name']} went to the store that was used first and is not here any more")
            return
        with patient():
            self.client.log_artifact(self.run_id, str(path), entry.data["folder"] or None)

    def _dataset(self, entry: Entry) -> None:
        from mlflow.data.code_dataset_source import CodeDatasetSource
        from mlflow.data.meta_dataset import MetaDataset
        from mlflow.entities import Dataset, DatasetInput, InputTag

        data = entry.data
        source = CodeDatasetSource({"dvc": data["source"]})
        said = MetaDataset(source, name=data["name"], digest=data["digest"]).to_dict()
        dataset = Dataset(said["name"], said["digest"], said["source_type"], said["source"])
        context = InputTag("mlflow.data.context", data["context"])
        self.client.log_inputs(self.run_id, [DatasetInput(dataset, [context])])


def _parts(items: list[Any]) -> Iterator[list[Any]]:
    for start in range(0, len(items), _NAMES_IN_A_CALL):
        yield items[start : start + _NAMES_IN_A_CALL]
