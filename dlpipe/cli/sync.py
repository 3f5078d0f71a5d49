"""`dlpipe sync`."""

from __future__ import annotations

from typing import Annotated

import typer

from dlpipe.cli.options import Json, Quiet, Verbose


def add(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("sync")(sync)


def sync(
    everything: Annotated[
        bool, typer.Option("--all", help="Also runs that were sent before, where MLflow no longer has them.")
    ] = False,
    json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Send to MLflow what it has missed while it was away.

    Next: `mlflow ui`.
    """
    from dlpipe.core.project import find_project
    from dlpipe.workflow.sync import sync

    sync(find_project(), everything=everything)
