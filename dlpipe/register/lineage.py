"""What leads back from a registered model: commit, DVC's digests of every earlier stage, gate, data and licence."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from dlpipe.core import config, dvc, files
from dlpipe.core.project import smoke_limit
from dlpipe.core.stage import RAW, STAGES
from dlpipe.decision import GroupRules
from dlpipe.tracking.origin import NONE, commit_of, difference

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from dlpipe.core.stage import Inputs

_LARGEST_DIFFERENCE_BYTES = 1_000_000
_LONGEST_TAG = 4000


def tags(
    inputs: Inputs, gate: Mapping[str, Any], card: Mapping[str, Any], evaluation: Mapping[str, Any], key: str
) -> dict[str, str]:
    """Tags of a model version. What there is nothing to say of (no git, no DVC record, a smoke run) says `none`."""
    commit = commit_of(inputs.project)
    limit = smoke_limit()
    return {
        "mlflow.source.git.commit": commit.commit if commit else NONE,
        "mlflow.source.git.branch": commit.branch if commit else NONE,
        "mlflow.source.git.dirty": str(commit.dirty).lower() if commit else NONE,
        "dlpipe.run": key,
        "dlpipe.pipeline": inputs.pipeline,
        "dlpipe.gate.verdict": str(gate["verdict"]),
        "dlpipe.gate.digest": files.digest(inputs.path("gate/gate.json")),
        "dlpipe.evaluation.digest": files.digest(inputs.path("evaluate/evaluation.json")),
        "dlpipe.metrics": _metrics(evaluation),
        "dlpipe.data.licence": str(card.get("licence", NONE)),
        "dlpipe.data.non_commercial": str(bool(card.get("non_commercial", False))).lower(),
        **({} if limit is None else {"dlpipe.smoke": str(limit)}),
        **_needs(inputs),
        **_dvc_tags(inputs),
    }


def _needs(inputs: Inputs) -> dict[str, str]:
    """What must be known of a sample before the model answers: MLflow's signature is of the network, which needs nothing."""
    rules = GroupRules.of(files.read_json(inputs.path("export/model.json")))
    return {} if rules is None else {"dlpipe.decides.by": rules.by, "dlpipe.decides.groups": rules.values}


def _metrics(evaluation: Mapping[str, Any]) -> str:
    """The evaluation's metrics as JSON, as many as a tag holds."""
    told: dict[str, Any] = {}
    for name, said in evaluation.get("metrics", {}).items():
        entry = {end: said.get(end) for end in ("value", "low", "high")}
        if len(json.dumps({**told, name: entry})) <= _LONGEST_TAG:
            told[name] = entry
    return json.dumps(told)


def _dvc_tags(inputs: Inputs) -> dict[str, str]:
    """DVC's digest of raw/ and of every earlier stage's folder; a smoke run is outside of DVC."""
    earlier = [stage for stage in STAGES if stage != inputs.stage.name]
    found = dict.fromkeys([RAW, *earlier], NONE)
    if smoke_limit() is None:
        for stage in earlier:
            found[stage] = dvc.output_digest(inputs.project, stage, inputs.pipeline) or NONE
        found[RAW] = _raw_digest(inputs) or NONE
    return {"dlpipe.data.digest": found["ingest"], **{f"dlpipe.dvc.{name}": digest for name, digest in found.items()}}


def _raw_digest(inputs: Inputs) -> str | None:
    entry = dvc.lock_entry(inputs.project, "ingest", inputs.pipeline) or {}
    wanted = f"data/{inputs.pipeline}/{RAW}"
    return next((dep["md5"] for dep in entry.get("deps", ()) if str(dep["path"]).removeprefix("../") == wanted), None)


def provenance(inputs: Inputs, folder: Path) -> list[Path]:
    """Files to be shown on the run; what has to be written for that is written into `folder`."""
    project = inputs.project
    found = [project.pipeline_file(inputs.pipeline)]
    if smoke_limit() is None:
        locks = (project.root / "dvc.lock", project.root / "pipelines" / "dvc.lock")
        found += [lock for lock in locks if lock.is_file() and _is_in(inputs.pipeline, lock)]
    commit = commit_of(project)
    if commit is not None and commit.dirty:
        patch = folder / "uncommitted.diff"
        patch.write_bytes(difference(project, _LARGEST_DIFFERENCE_BYTES))
        found.append(patch)
    return found


def _is_in(pipeline: str, lock: Path) -> bool:
    stages = config.read(lock).plain("stages") or {}
    return any(address.endswith(f"@{pipeline}") for address in stages)


def description(inputs: Inputs, gate: Mapping[str, Any], card: Mapping[str, Any], evaluation: Mapping[str, Any]) -> str:
    """A short model card in Markdown for the version's page."""
    confidence = evaluation.get("intervals", {}).get("confidence", 0.95)
    terms = f"{card.get('licence', NONE)}{', non-commercial' if card.get('non_commercial') else ''}"
    lines = [
        f"Trained by dlpipe's pipeline `{inputs.pipeline}` on **{card.get('name', NONE)}** ({terms}).",
        "",
        f"Gate: **{gate['verdict']}**. Test samples: {evaluation.get('num_samples', '?')}.",
        "",
        f"| metric | value | {100 * confidence:g} % interval |",
        "|---|---|---|",
    ]
    for name, said in evaluation.get("metrics", {}).items():
        lines.append(
            f"| {name} | {_shown(said.get('value'))} | {_shown(said.get('low'))} to {_shown(said.get('high'))} |"
        )
    return "\n".join(lines)


def _shown(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.3f}"
