"""`dlpipe promote`."""

from __future__ import annotations

from typing import Annotated

import typer

from dlpipe.cli.options import Json, Pipeline, Quiet


def add(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("promote")(promote)


def promote(
    name: Pipeline,
    version: Annotated[
        str | None, typer.Option(help="Number or alias of a registered version; default: the challenger.")
    ] = None,
    because: Annotated[str | None, typer.Option(help="Why; kept in git and in MLflow.")] = None,
    anyway: Annotated[
        bool, typer.Option("--anyway", help="Though the gate did not let it pass; needs --because.")
    ] = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Make a registered version the champion, with which the gate compares every later model.

    Undo: `dlpipe promote NAME --version OLD`. Next: `dlpipe run NAME`, `dlpipe compare NAME NAME@champion`.
    """
    from dlpipe.core.project import find_project
    from dlpipe.workflow.promote import promote

    promote(find_project(), name, version=version, because=because, anyway=anyway)
