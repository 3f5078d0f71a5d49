"""`dlpipe doctor`: everything this machine needs, looked at in one go."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.project import Project, find_project
from dlpipe.core.say import say
from dlpipe.workflow import probes_of_machine, probes_of_project, probes_of_python

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import RenderableType

    from dlpipe.workflow.finding import Finding

_STYLES = {"ok": "green", "weak": "yellow", "missing": "red"}


def doctor() -> None:
    """Prints what was found.

    Raises:
        DlpipeError: something needed is missing (exit 4).
    """
    project = _project()
    found = [*probes_of_python.look(), *probes_of_machine.look(project), *probes_of_project.look(project)]
    lacking = [finding for finding in found if finding.state == "missing"]
    say.result({"ok": not lacking, "findings": [asdict(finding) for finding in found]}, _page(found))
    if lacking:
        problem = f"needed and missing: {', '.join(finding.what for finding in lacking)}"
        raise DlpipeError(problem, lacking[0].fix, Exit.ENVIRONMENT)


def _project() -> Project | None:
    try:
        return find_project()
    except DlpipeError:
        return None


def _page(found: Sequence[Finding]) -> RenderableType:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    for finding in found:
        said = Text(finding.says)
        if finding.fix:
            said.append(f"\n{finding.fix}", style="dim")
        table.add_row(Text(finding.state, style=_STYLES[finding.state]), finding.what, said)
    return table
