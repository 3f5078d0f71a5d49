"""Registers the model that the gate let pass, as a version in MLflow with all that leads back to its data."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlpipe.core import files
from dlpipe.core.config import Section
from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.stage import CHAMPION, Summary
from dlpipe.register import lineage
from dlpipe.register.fitted import write_fitted

if TYPE_CHECKING:
    from dlpipe.core.stage import Inputs
    from dlpipe.tracking.registry import Registered

VERSION = 2


class Config(Section):
    """The `register` section of a pipeline file."""


def run(config: Config, inputs: Inputs, out: Path) -> Summary:  # noqa: ARG001 - a stage's signature; no settings yet
    """Writes `version.json`: name, version, aliases, run key and model digest.

    Raises:
        DlpipeError: the gate said no (3) or judged another model (5); MLflow is away (4). Then nothing is published,
            and the next start goes on with what MLflow already has.
    """
    gate = _passed(inputs)
    key = str(files.read_json(inputs.path("train/run.json"))["key"])
    registered = _register(inputs, gate, key)
    files.write_json(
        out / "version.json",
        {
            "schema_version": 1,
            "name": registered.name,
            "version": registered.version,
            "aliases": list(registered.aliases),
            "run_key": key,
            "model_digest": registered.model_digest,
        },
    )
    facts = {"name": registered.name, "version": registered.version, "aliases": ", ".join(registered.aliases)}
    return Summary(facts, notes=_notes(registered))


def _passed(inputs: Inputs) -> dict[str, Any]:
    """The gate's verdict, if it is yes and about exactly these files."""
    path = inputs.path("gate/gate.json")
    gate = files.read_json(path)
    again = f"`dlpipe run {inputs.pipeline}` makes them fit"
    for name, said in (("export/model.onnx", "model_digest"), ("evaluate/evaluation.json", "evaluation_digest")):
        if gate.get(said) != files.digest(inputs.path(name)):
            problem = f"{path} is about another {name} than the one that is here"
            raise DlpipeError(problem, again, Exit.INTEGRITY)
    if gate.get("verdict") != "pass":
        failed = [str(rule["rule"]) for rule in gate.get("rules", ()) if rule.get("verdict") == "fail"]
        problem = f"the gate says no to '{inputs.pipeline}'{': ' if failed else ''}{', '.join(failed)}"
        raise DlpipeError(problem, f"see {path}; improve the model or the limits under `gate:`", Exit.NO)
    if kept := [str(rule.get("rule")) for rule in gate.get("rules", ()) if rule.get("verdict") not in {"pass", "warn"}]:
        problem = f"{path} says pass, and that {', '.join(kept)} did not: nobody but a hand wrote that"
        raise DlpipeError(problem, again, Exit.INTEGRITY)
    return gate


def _register(inputs: Inputs, gate: dict[str, Any], key: str) -> Registered:
    from dlpipe.tracking.registry import Candidate, register

    card = files.read_json(inputs.path("ingest/card.json"))
    evaluation = files.read_json(inputs.path("evaluate/evaluation.json"))
    with tempfile.TemporaryDirectory(prefix="dlpipe-register-") as temporary:
        fitted, num_fitted = write_fitted(inputs.path("split/samples.parquet"), Path(temporary))
        candidate = Candidate(
            onnx=inputs.path("export/model.onnx"),
            described=inputs.path("export/model.json"),
            fitted=fitted,
            tags={**lineage.tags(inputs, gate, card, evaluation, key), "dlpipe.fitted.samples": str(num_fitted)},
            description=lineage.description(inputs, gate, card, evaluation),
            provenance=lineage.provenance(inputs, Path(temporary)),
        )
        return register(inputs.project, inputs.pipeline, key, candidate)


def _notes(registered: Registered) -> list[str]:
    what = "is already" if registered.reused else "is now"
    notes = [f"the model {what} version {registered.version} of '{registered.name}' ({', '.join(registered.aliases)})"]
    if CHAMPION not in registered.aliases:
        notes.append(f"`dlpipe promote {registered.name}` makes it the champion, with which later ones are compared")
    return notes
