"""`dlpipe clear`."""

from __future__ import annotations

from typing import Annotated

import typer

from dlpipe.cli.options import Json, Quiet


def add(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("clear")(clear)


def clear(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="Name of the pipeline; default: all.")] = None,
    what: Annotated[
        str, typer.Option(metavar="KIND", help="checkpoints, drafts, caches, packages, smoke or all.")
    ] = "all",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Remove what is listed.")] = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """List what dlpipe keeps on this machine and can make again, with sizes; remove it with --yes.

    Raw data, annotations, outputs of stages and MLflow's store are never touched.
    """
    from dlpipe.workflow.clear import clear

    clear(name, what, yes=yes)
