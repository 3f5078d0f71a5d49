"""`dlpipe check`: every mistake of pipeline files at once, before anything runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlpipe.core import champion, config
from dlpipe.core.errors import DlpipeError
from dlpipe.core.project import find_project
from dlpipe.core.say import say
from dlpipe.core.stage import SECTIONS, STAGES, settings
from dlpipe.workflow.wiring import unmet

if TYPE_CHECKING:
    from dlpipe.core.project import Project


def check(name: str | None) -> None:
    """Checks one pipeline, or all of the project, and says so.

    Raises:
        DlpipeError: with every mistake, a line each.
    """
    project = find_project()
    names = project.pipelines() if name is None else [project.existing(name)]
    if not names:
        raise DlpipeError(f"{project.root} has no pipeline yet", "`dlpipe init NAME` makes one")
    found = {each: mistakes(project, each) for each in names}
    shown = "\n".join(f"{each}: no mistake" for each in names)
    everything = [mistake for each in found.values() for mistake in each]
    if say.json or not everything:
        say.result(found, shown)
    if everything:
        raise config.wrong(everything)


def check_pipeline(project: Project, name: str) -> None:
    """Raises if there is any mistake in what a person wrote for pipeline `name`.

    Raises:
        DlpipeError: with every mistake, a line each.
    """
    found = mistakes(project, name)
    if found:
        raise config.wrong(found)


def mistakes(project: Project, name: str) -> list[str]:
    """Every mistake in the pipeline's file, its wiring and the files that its stages expect."""
    try:
        document = config.read(project.pipeline_file(name))
    except DlpipeError as error:
        return [error.problem]
    found = config.unknown_sections(document, SECTIONS)
    for section in SECTIONS:
        found += config.mistakes(document, section, settings(section))
    return [*found, *_wiring(project, name), *_given(project, name)]


def _wiring(project: Project, name: str) -> list[str]:
    """Stages that no `dvc.yaml` wires for this pipeline, or otherwise than this dlpipe needs it."""
    found: list[str] = []
    lacking = dict.fromkeys(STAGES)
    for path in (project.root / "dvc.yaml", project.root / "pipelines" / "dvc.yaml"):
        if not path.is_file():
            continue
        try:
            document = config.read(path)
            stages = document.plain("stages")
        except (DlpipeError, KeyError) as error:
            return [error.problem if isinstance(error, DlpipeError) else f"{path}: has no 'stages'"]
        for stage, how in stages.items():
            if stage in STAGES and isinstance(how, dict) and name in how.get("foreach", ()):
                lacking.pop(stage, None)
                where = f"{path}:{document.line(['stages', stage, 'do'])}: stages.{stage}"
                found += [f"{where}: lacks `{need}`, which this dlpipe needs" for need in unmet(stage, how.get("do"))]
    if lacking:
        found.append(
            f"{project.root / 'dvc.yaml'}: wires no {', '.join(lacking)} for '{name}', nor does pipelines/dvc.yaml"
        )
    return found


def _given(project: Project, name: str) -> list[str]:
    """Files beside the pipeline file that a stage depends on."""
    reads = sorted({path for stage in STAGES.values() for path in stage.reads if path.startswith("annotations/")})
    lacking = [project.data(name) / path for path in reads if not (project.data(name) / path).is_file()]
    found = [f"{path}: is missing; an empty file will do" for path in lacking]
    try:
        champion.read(project.champion_file(name))
        config.read(project.versions_file)
    except DlpipeError as error:
        found.append(error.problem)
    return found
