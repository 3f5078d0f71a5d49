"""The table of stages and the one way in which a stage runs.

A stage is a module `dlpipe/<stage>/stage.py` with

    VERSION: int                      a number that rises when the stage computes something else
    class Config(Section)             its section of the pipeline file
    def run(config, inputs, out)      reads `inputs`, writes the empty folder `out`, returns a `Summary`
"""

from __future__ import annotations

import importlib
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

from dlpipe.core import files
from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.lock import locked
from dlpipe.core.process import Stopped
from dlpipe.core.project import Project, smoke_limit
from dlpipe.core.rank import is_main_rank
from dlpipe.core.say import say

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from pydantic import BaseModel

    from dlpipe.core.config import Document

SUMMARY = "summary.json"


@dataclass(frozen=True)
class Stage:
    """What a stage depends on; it writes exactly one folder, named like itself.

    `reads` are files of earlier stages, `raw`, `annotations/…` or the champion file: the dependencies in `dvc.yaml`.
    `mentions` are files that never change what is written: the MLflow run to which numbers are also sent.
    """

    name: str
    about: str
    reads: tuple[str, ...]
    mentions: tuple[str, ...] = ()


CHAMPION = "champion"
RAW = "raw"

_TABLE = (
    Stage("ingest", "List the samples of raw/ and what the source says of their labels.", (RAW,)),
    Stage("embed", "Compute one vector a sample with a pretrained backbone.", ("ingest/samples.parquet",)),
    Stage(
        "clean",
        "Look for bad samples and set them aside, with reasons.",
        ("ingest/samples.parquet", "ingest/votes.parquet", "embed/vectors.parquet", "annotations/verdicts.jsonl"),
    ),
    Stage(
        "label",
        "Turn votes and people's labels into one label a sample.",
        ("clean/samples.parquet", "ingest/votes.parquet", "annotations/labels.jsonl"),
    ),
    Stage("split", "Assign samples to train, val and test so that nothing leaks.", ("label/samples.parquet",)),
    Stage("train", "Train a network on one or many devices.", ("split/samples.parquet",)),
    Stage(
        "export",
        "Write the trained network as ONNX with all that serving needs.",
        ("train/weights.safetensors", "train/model.json", "split/samples.parquet"),
    ),
    Stage(
        "evaluate",
        "Measure the exported model, with intervals, groups and baselines.",
        ("export/model.onnx", "export/model.json", "split/samples.parquet", "embed/vectors.parquet"),
        mentions=("train/run.json",),
    ),
    Stage(
        "gate",
        "Hold the evaluation against the pipeline's limits.",
        ("evaluate/evaluation.json", "export/model.json", CHAMPION),
        mentions=("train/run.json",),
    ),
    Stage(
        "register",
        "Register the model in MLflow with all that leads back to its data.",
        (
            "gate/gate.json",
            "export/model.onnx",
            "export/model.json",
            "evaluate/evaluation.json",
            "ingest/card.json",
            "train/run.json",
        ),
    ),
)

STAGES: Mapping[str, Stage] = {stage.name: stage for stage in _TABLE}
"""All stages in the order in which data flows."""


@dataclass(frozen=True)
class Inputs:
    """What a stage may read, and nothing else."""

    stage: Stage
    pipeline: str
    project: Project
    dataset: Any
    """The pipeline's `dataset` section (`dlpipe.dataset.Dataset`), which all stages share."""
    raw: Path
    """Where the media lie; they never move. Readers compare digests with the samples table."""

    def path(self, name: str) -> Path:
        """The file `name` of the stage's table entry, as `clean/samples.parquet`.

        Raises:
            KeyError: the table of stages does not say that this stage reads it; a bug.
        """
        if name not in (*self.stage.reads, *self.stage.mentions):
            raise KeyError(f"stage {self.stage.name} does not say that it reads {name}")
        if name == CHAMPION:
            return self.project.champion_file(self.pipeline)
        if name == RAW:
            return self.raw
        given = name.startswith("annotations/")
        return (self.project.data if given else self.project.outputs)(self.pipeline) / name

    @property
    def cache(self) -> Path:
        """A folder of this machine for what can be made again, apart for each stage."""
        return self.project.local / "cache" / self.stage.name


@dataclass(frozen=True)
class Summary:
    """What a stage tells: facts for `--json` and the terminal, and whether the answer is yes."""

    facts: dict[str, Any]
    refusal: DlpipeError | None = None
    """Raised once the outputs are in place: the stage did its work and its answer is no."""
    notes: list[str] = field(default_factory=list[str])


class StageModule(Protocol):
    """What `dlpipe/<stage>/stage.py` holds."""

    VERSION: int
    Config: type[BaseModel]

    def run(self, config: Any, inputs: Inputs, out: Path) -> Summary:
        """Reads `inputs`, writes the empty folder `out`."""
        ...


def module(name: str) -> StageModule:
    """The code of a stage; light to import, heavy libraries are imported where they are used."""
    return cast("StageModule", importlib.import_module(f"dlpipe.{name}.stage"))


def settings(section: str) -> type[BaseModel]:
    """The settings class of one section of a pipeline file."""
    return importlib.import_module("dlpipe.dataset").Dataset if section == "dataset" else module(section).Config


SECTIONS = ("dataset", *STAGES)
"""Every section of a pipeline file."""


def raw_folder(project: Project, pipeline: str, document: Document) -> Path:
    """Where a pipeline's media lie: `data/<pipeline>/raw`, or wherever `ingest.source.root` points."""
    ingest = document.plain("ingest") if "ingest" in document.tree else None
    source = ingest.get("source") if isinstance(ingest, dict) else None
    root = source.get("root") if isinstance(source, dict) else None
    return project.root / Path(root).expanduser() if isinstance(root, str) else project.data(pipeline) / RAW


def execute(name: str, pipeline: str, project: Project) -> Summary:
    """Runs one stage in this process and publishes its folder.

    Raises:
        DlpipeError: whatever a person can mend; the status file then holds the exit code.
    """
    project.existing(pipeline)
    code = module(name)
    target = project.outputs(pipeline) / name
    if not is_main_rank():
        config, inputs = _asked(name, pipeline, project)
        return code.run(config, inputs, files.draft_of(target))
    with _recorded(project.status_file(pipeline, name)):
        config, inputs = _asked(name, pipeline, project)
        lock = project.local / "locks" / f"{target.parent.name}.lock"
        with locked(lock, f"pipeline '{pipeline}'"):
            if smoke_limit() is None:
                _check_version(project, name, code.VERSION)
            return _publish(code, config, inputs, target)


def _asked(name: str, pipeline: str, project: Project) -> tuple[BaseModel, Inputs]:
    """What the pipeline file asks of a stage."""
    from dlpipe.core import config as configuration  # the command line reads the table above without it

    document = configuration.read(project.pipeline_file(pipeline))
    dataset = configuration.section(document, "dataset", settings("dataset"))
    config = configuration.section(document, name, module(name).Config)
    return config, Inputs(STAGES[name], pipeline, project, dataset, raw_folder(project, pipeline, document))


def _publish(code: StageModule, config: Any, inputs: Inputs, target: Path) -> Summary:
    before = _input_digests(inputs)
    with files.replacing(target) as draft:
        summary = code.run(config, inputs, draft)
        if (draft / SUMMARY).exists():
            raise ValueError(f"stage {inputs.stage.name} wrote {SUMMARY} itself")
        files.write_json(draft / SUMMARY, summary.facts)
        changed = [name for name, found in _input_digests(inputs).items() if before[name] != found]
        if changed:
            problem = f"{inputs.path(changed[0])} changed while {inputs.stage.name} read it; nothing was published"
            raise DlpipeError(
                problem, f"`dlpipe {inputs.stage.name} {inputs.pipeline}` once it is at rest", Exit.INTEGRITY
            )
    if summary.refusal is not None:
        raise summary.refusal
    return summary


def _input_digests(inputs: Inputs) -> dict[str, str]:
    """SHA-256 of every input file, each compared with what its stage published. Readers of raw/ compare by sample."""
    found: dict[str, str] = {}
    for name in inputs.stage.reads:
        path = inputs.path(name)
        if name == RAW:
            found[name] = files.listing(path)
            continue
        if not path.is_file():
            maker = path.parent.name
            fix = f"`dlpipe {maker} {inputs.pipeline}`" if maker in STAGES else f"`dlpipe init {inputs.pipeline}`"
            raise DlpipeError(
                f"{path} is missing", f"make it with {fix}, or all of them with `dlpipe run {inputs.pipeline}`"
            )
        found[name] = files.digest(path)
        if path.parent.name in STAGES:
            _compare(path, found[name])
    return found


def _compare(path: Path, found: str) -> None:
    published = files.read_json(path.with_name(files.DIGESTS)).get(path.name)
    if published != found:
        problem = f"{path} is not what {path.parent.name} published: SHA-256 {found[:12]}…, was {str(published)[:12]}…"
        fix = f"`dvc repro --force --single-item {path.parent.name}@{path.parent.parent.name}` makes it again"
        raise DlpipeError(problem, fix, Exit.INTEGRITY)


def _check_version(project: Project, name: str, version: int) -> None:
    from dlpipe.core import config as configuration

    document = configuration.read(project.versions_file)
    recorded = document.tree.get(name)
    if recorded != version:
        problem = f"{project.versions_file} says version {recorded} of {name}, this dlpipe computes version {version}"
        raise DlpipeError(problem, "`dlpipe run` updates it and says what will run again", Exit.INTEGRITY)


@contextmanager
def _recorded(status: Path) -> Generator[None]:
    """Leaves how the stage ended where `dlpipe run` finds it: DVC turns every failure into 255."""
    status.parent.mkdir(parents=True, exist_ok=True)
    started = time.time()
    code = Exit.BUG
    try:
        yield
        code = Exit.DONE
    except DlpipeError as error:
        code = error.exit_code
        raise
    except OSError as error:
        code = Exit.ENVIRONMENT
        raise files.environment_problem(error) from error
    except MemoryError as error:
        code = Exit.ENVIRONMENT
        raise DlpipeError("out of memory", "use a smaller batch_size or size_px", Exit.ENVIRONMENT) from error
    except Stopped as stopped:
        code = stopped.exit_code
        raise
    finally:
        seconds = round(time.time() - started, 3)
        try:
            files.write_json(status, {"exit_code": int(code), "started": started, "seconds": seconds})
        except OSError as error:
            say.warn(f"{status} could not be written: {error}")
