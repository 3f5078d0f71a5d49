"""The one way in which a stage runs: checked, locked, published whole, and its end recorded."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from dlpipe.core import config as configuration
from dlpipe.core import files
from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.lock import locked
from dlpipe.core.process import Stopped
from dlpipe.core.project import smoke_limit
from dlpipe.core.rank import is_main_rank
from dlpipe.core.say import say
from dlpipe.core.stage import RAW, STAGES, SUMMARY, Inputs, module, raw_folder, settings

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from pydantic import BaseModel

    from dlpipe.core.project import Project
    from dlpipe.core.stage import StageModule, Summary


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
    document = configuration.read(project.pipeline_file(pipeline))
    dataset = configuration.section(document, "dataset", settings("dataset"))
    config = configuration.section(document, name, module(name).Config)
    return config, Inputs(STAGES[name], pipeline, project, dataset, raw_folder(project, pipeline, document))


def _publish(code: StageModule, config: Any, inputs: Inputs, target: Path) -> Summary:
    before = _input_digests(inputs)
    _check_inputs(inputs, before)
    with files.replacing(target) as draft:
        summary = code.run(config, inputs, draft)
        if (draft / SUMMARY).exists():
            raise ValueError(f"stage {inputs.stage.name} wrote {SUMMARY} itself")
        files.write_json(draft / SUMMARY, summary.facts)
        changed = [name for name, found in _input_digests(inputs).items() if before[name] != found]
        if changed:
            problem = f"{inputs.path(changed[0])} changed while {inputs.stage.name} read it; nothing was published"
            fix = f"`dlpipe {inputs.stage.name} {inputs.pipeline}` once it is at rest"
            raise DlpipeError(problem, fix, Exit.INTEGRITY)
    if summary.spent is not None:
        files.discard(summary.spent)
    if summary.refusal is not None:
        raise summary.refusal
    return summary


def _input_digests(inputs: Inputs) -> dict[str, str | None]:
    """SHA-256 of every input file, of the listing of raw/; None where there is none. Readers of raw/ check each file."""
    paths = {name: inputs.path(name) for name in inputs.stage.reads}
    return {
        name: files.listing(path) if name == RAW else files.digest(path) if path.is_file() else None
        for name, path in paths.items()
    }


def _check_inputs(inputs: Inputs, found: dict[str, str | None]) -> None:
    """Compares every input with what its stage published.

    Raises:
        DlpipeError: one is missing, or holds other bytes (exit 5).
    """
    for name, digest in found.items():
        path = inputs.path(name)
        maker = name.partition("/")[0]
        if digest is None:
            fix = f"`dlpipe {maker if maker in STAGES else 'init'} {inputs.pipeline}`"
            raise DlpipeError(
                f"{path} is missing", f"make it with {fix}, or all of them with `dlpipe run {inputs.pipeline}`"
            )
        if maker in STAGES:
            _compare(path, digest, inputs.pipeline)


def _compare(path: Path, found: str, pipeline: str) -> None:
    maker = path.parent.name
    published = files.read_json(path.with_name(files.DIGESTS)).get(path.name)
    if published != found:
        problem = f"{path} is not what {maker} published: SHA-256 {found[:12]}…, was {str(published)[:12]}…"
        raise DlpipeError(problem, f"`dlpipe {maker} {pipeline} --force` makes it again", Exit.INTEGRITY)


def _check_version(project: Project, name: str, version: int) -> None:
    recorded = configuration.read(project.versions_file).tree.get(name)
    if recorded != version:
        problem = f"{project.versions_file} says version {recorded} of {name}, this dlpipe computes version {version}"
        raise DlpipeError(problem, "`dlpipe run` updates it and says what will run again", Exit.INTEGRITY)


@contextmanager
def _recorded(status: Path) -> Generator[None]:
    """Leaves how the stage ended where `dlpipe run` finds it: DVC turns every failure into 255."""
    status.parent.mkdir(parents=True, exist_ok=True)
    started, clock = time.time(), time.monotonic()
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
        seconds = round(time.monotonic() - clock, 3)
        try:
            files.write_json(status, {"exit_code": int(code), "started": started, "seconds": seconds})
        except OSError as error:
            say.warn(f"{status} could not be written: {error}")
