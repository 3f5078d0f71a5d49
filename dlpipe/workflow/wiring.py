"""The text of `dvc.yaml`: which stage of which pipeline runs what, and what it depends on.

It follows from the table of stages alone. The root `dvc.yaml` wires one pipeline, the default; `pipelines/dvc.yaml`
says the same over the others, with `wdir: ..`, so that a bare `dvc repro` is the default pipeline only.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML

from dlpipe.core.stage import CHAMPION, RAW, STAGES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dlpipe.core.stage import Stage

_ROOT_HEAD = """\
# The wiring of the default pipeline. It follows from dlpipe/core/stage.py and a test compares them; the same text
# stands in pipelines/dvc.yaml over the other pipelines.
"""
_OTHERS_HEAD = """\
# The wiring of the other pipelines: the text of ../dvc.yaml over them. `dlpipe init` writes this file anew as long as
# nobody edited it. SHA-256 of what follows: {digest}
"""
_METRICS = "evaluate/metrics.json"
_PLOTS = (
    (
        "train/history.csv",
        "x: epoch, y: [train/loss, val/loss], y_label: loss, title: Loss of {name}, template: linear",
    ),
    (
        "evaluate/plots/roc.csv",
        "x: fpr, x_label: false positives, y: tpr, y_label: true positives, title: ROC curve of {name}, template: simple",
    ),
    (
        "evaluate/plots/calibration.csv",
        "x: probability, y: frequency, title: Calibration of {name}, template: simple",
    ),
    (
        "evaluate/plots/confusion.csv",
        "x: predicted, y: actual, title: Confusion matrix of {name}, template: confusion",
    ),
)


def root_wiring(pipeline: str) -> str:
    """The root `dvc.yaml` of a project whose default pipeline is `pipeline`."""
    return _ROOT_HEAD + _body([pipeline], below="")


def other_wiring(pipelines: Sequence[str]) -> str:
    """`pipelines/dvc.yaml` over all pipelines but the default one."""
    body = _body(sorted(pipelines), below="../")
    return _OTHERS_HEAD.format(digest=_digest(body)) + body


def is_made_by_dlpipe(text: str) -> bool:
    """Whether a `pipelines/dvc.yaml` is as some dlpipe, this one or an older one, wrote it."""
    head, separator, body = text.partition("\nstages:\n")
    return bool(separator) and head.rpartition(" ")[2] == _digest(f"stages:\n{body}")


def unmet(stage: str, wired: Any) -> list[str]:
    """What a stage needs of its wiring and does not have there; people may add to it (descriptions, resources)."""
    if not isinstance(wired, dict):
        return ["do:"]
    needed = YAML(typ="rt").load("\n".join(_stage(STAGES[stage], ["x"], "")))[stage]["do"]
    return [_line(key, part) for key in needed for part in _parts(needed[key]) if part not in _parts(wired.get(key))]


def _parts(value: Any) -> list[tuple[str, ...]]:
    """What stands under one key of a stage, each dependency and each parameter for itself."""
    found: list[tuple[str, ...]] = []
    for part in value if isinstance(value, list) else [value]:
        if isinstance(part, dict):
            found += [(str(file), str(name)) for file, names in part.items() for name in names or ()]
        else:
            found.append((str(part),))
    return found


def _line(key: str, part: tuple[str, ...]) -> str:
    return f"{key}: {': '.join(part)}"


def _digest(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()


def _body(pipelines: Sequence[str], below: str) -> str:
    lines = ["stages:"]
    for stage in STAGES.values():
        lines += _stage(stage, pipelines, below)
    lines += ["metrics:", *(f"  - {below}data/{name}/{_METRICS}" for name in pipelines), "plots:"]
    lines += [
        f"  - {below}data/{name}/{path}: {{{how.format(name=name)}}}" for name in pipelines for path, how in _PLOTS
    ]
    return "\n".join(lines) + "\n"


def _stage(stage: Stage, pipelines: Sequence[str], below: str) -> Iterator[str]:
    yield f"  {stage.name}:"
    yield f"    foreach: [{', '.join(pipelines)}]"
    yield "    do:"
    yield f"      cmd: dlpipe {stage.name} ${{item}}"
    if below:
        yield "      wdir: .."
    yield "      deps:"
    yield from (f"        - {_place(name)}" for name in stage.reads)
    yield "      params:"
    yield "        - pipelines/${item}.yaml:"
    yield "            - dataset"
    yield f"            - {stage.name}"
    yield "        - pipelines/versions.yaml:"
    yield f"            - {stage.name}"
    yield "            - plugins"
    if RAW in stage.reads:
        yield "            - outside.${item}"
    yield "      outs:"
    yield f"        - data/${{item}}/{stage.name}"


def _place(name: str) -> str:
    return "pipelines/${item}.champion.json" if name == CHAMPION else f"data/${{item}}/{name}"
