"""`dlpipe run`."""

from __future__ import annotations

from typing import Annotated

import typer

from dlpipe.cli.options import Json, Quiet, Verbose


def add(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("run")(run)


def run(
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="Name of the pipeline; default: the one of the root dvc.yaml.")
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=20, help="A smoke run over this many samples, with outputs of its own.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", "-f", help="Run every stage though nothing has changed.")] = False,
    json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Run what is stale of a pipeline, from raw data to a registered model.

    Next: `dlpipe predict NAME FILES…`, `dlpipe serve NAME`, `mlflow ui`.
    """
    from dlpipe.core.project import find_project
    from dlpipe.workflow.run import run_pipeline

    run_pipeline(find_project(), name, limit=limit, force=force)
