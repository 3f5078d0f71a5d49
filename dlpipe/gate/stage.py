"""Holds an evaluation against the pipeline's limits and the champion; what is undefined or of another model never passes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import Field

from dlpipe.core import files
from dlpipe.core.config import Section
from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.project import smoke_limit
from dlpipe.core.say import say
from dlpipe.core.stage import Summary
from dlpipe.gate import limits, margins
from dlpipe.gate.limits import Limit
from dlpipe.gate.margins import Margin

if TYPE_CHECKING:
    from pathlib import Path

    from dlpipe.core.stage import Inputs

VERSION = 5

SCHEMA_VERSION = 2


class Config(Section):
    """The `gate` section of a pipeline file."""

    limits: dict[str, Limit] = Field(
        default={}, description="By metric, or dotted path into evaluation.json (`*` is any part), what must be kept."
    )
    champion: dict[str, Margin] = Field(
        default={},
        description="By metric, or groups.ATTRIBUTE.VALUE.METRIC (`*` is any part), how much worse than the champion "
        "it may be. Says nothing while there is no champion.",
    )
    alpha: float = Field(
        default=0.05,
        gt=0,
        lt=0.5,
        description="Chance that a model which is worse by exactly a margin gets past it; its interval is 1 - 2 alpha.",
    )
    num_resamples: int = Field(
        default=2000, ge=100, le=100_000, description="Bootstrap resamples of the comparison with the champion."
    )


def run(config: Config, inputs: Inputs, out: Path) -> Summary:
    """Writes gate.json; where a limit is not kept the verdict is published all the same, and refused.

    Raises:
        DlpipeError: a limit names no number (exit 2); the evaluation is of another model (exit 5).
    """
    place = inputs.path("evaluate/evaluation.json")
    model = _model_digest(inputs)
    evaluation = {
        **_about(inputs, "evaluate/efficiency.json", model),
        **_about(inputs, "evaluate/evaluation.json", model),
        "explanations": _about(inputs, "explain/explanations.json", model),
    }
    from dlpipe.gate import against

    beside = against.comparison(config, inputs, evaluation)
    rules = _rules(config, evaluation, beside)
    failed = [rule for rule in rules if rule["verdict"] == "fail"]
    gate = {
        "schema_version": SCHEMA_VERSION,
        "verdict": "fail" if failed else "pass",
        "rules": rules,
        "model_digest": model,
        "evaluation_digest": files.digest(place),
        "champion": None if beside is None else beside["champion"],
        "comparison": beside,
    }
    files.write_json(out / "gate.json", gate)
    _tell(inputs, gate)
    _warn(rules)
    notes = [] if beside is None else list(against.words(beside))
    return Summary(_facts(gate), _refusal(inputs, failed), notes)


def _rules(config: Config, evaluation: dict[str, Any], beside: dict[str, Any] | None) -> list[dict[str, Any]]:
    known = limits.numbers(evaluation)
    rules = [line for name, limit in config.limits.items() for line in limits.judged(name, limit, known)]
    if beside is None or beside.get("same_model"):
        return rules
    asked = config.champion
    if smoke_limit() is not None:
        asked = {name: Margin(margin=rule.margin, warn=True) for name, rule in asked.items()}
    return [*rules, *(line for name, rule in asked.items() for line in margins.judged(name, rule, beside))]


def _about(inputs: Inputs, name: str, model: str) -> dict[str, Any]:
    """What a file says of the exported model.

    Raises:
        DlpipeError: it is about another one (exit 5).
    """
    place = inputs.path(name)
    said: dict[str, Any] = files.read_json(place)
    if said["model_digest"] != model:
        problem = f"{place} measures model {_brief(said['model_digest'])}, the exported one is {_brief(model)}"
        raise DlpipeError(problem, f"`dlpipe run {inputs.pipeline}` evaluates what is exported", Exit.INTEGRITY)
    return said


def _model_digest(inputs: Inputs) -> str:
    """SHA-256 of the exported network, as `export` published it."""
    published = files.read_json(inputs.path("export/model.json").with_name(files.DIGESTS))
    return published["model.onnx"]


def _brief(digest: str) -> str:
    return f"{digest[:12]}…"


def _facts(gate: dict[str, Any]) -> dict[str, Any]:
    return {"verdict": gate["verdict"], "rules": {rule["rule"]: rule for rule in gate["rules"]}}


def _warn(rules: list[dict[str, Any]]) -> None:
    for rule in rules:
        if rule["verdict"] == "warn":
            say.warn(f"{rule['rule']}: {_sentence(rule)}")
    if not rules:
        say.warn("no limits are set in the pipeline's `gate` section: every model passes")


def _sentence(rule: dict[str, Any]) -> str:
    ends = "" if rule["low"] is None else f" (interval {rule['low']:g} to {rule['high']:g})"
    return f"{rule['why']}{ends}"


def _refusal(inputs: Inputs, failed: list[dict[str, Any]]) -> DlpipeError | None:
    if not failed:
        return None
    lines = [f"  {rule['rule']}: {_sentence(rule)}" for rule in failed]
    problem = "\n".join([f"the gate refuses this model: {len(failed)} of its limits not kept", *lines])
    fix = f"better data or training, or other limits in {inputs.project.pipeline_file(inputs.pipeline)}"
    return DlpipeError(problem, fix, Exit.NO)


def _tell(inputs: Inputs, gate: dict[str, Any]) -> None:
    """Marks the training's MLflow run with the verdict."""
    mention = inputs.path("train/run.json")
    if not mention.is_file():
        say.warn(f"{mention} is missing: no MLflow run gets the verdict")
        return
    from dlpipe.tracking import attach_run

    with attach_run(inputs.project, inputs.pipeline, files.read_json(mention)["key"]) as run:
        run.tags({"dlpipe.gate": gate["verdict"]})
