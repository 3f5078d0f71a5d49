"""One command a stage: `dlpipe clean NAME`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from dlpipe.cli.options import Json, Pipeline, Quiet, Verbose
from dlpipe.cli.split import split
from dlpipe.core.stage import STAGES, Stage

if TYPE_CHECKING:
    from collections.abc import Callable


def add_stages(app: typer.Typer) -> None:
    """Adds the command of every stage."""
    for stage in STAGES.values():
        command = split if stage.name == "split" else _command(stage)
        app.command(stage.name, help=stage.about, rich_help_panel="Stages")(command)


def _command(stage: Stage) -> Callable[..., Any]:
    def run_stage(
        name: Pipeline,
        force: Annotated[bool, typer.Option("--force", "-f", help="Run it though nothing has changed.")] = False,
        json: Json = False,
        quiet: Quiet = False,
        verbose: Verbose = False,
    ) -> None:
        from dlpipe.workflow.single import run_single

        run_single(stage.name, name, force=force)

    return run_stage
