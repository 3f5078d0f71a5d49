"""`dlpipe mitigate`."""

from __future__ import annotations

from typing import Annotated

import typer

from dlpipe.cli.options import Json, Pipeline, Quiet, Verbose


def add(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("mitigate")(mitigate)


def mitigate(
    name: Pipeline,
    how: Annotated[
        str,
        typer.Argument(
            metavar="HOW", help="balance, weights (rare groups count more), dro (the worst leads), or thresholds."
        ),
    ],
    by: Annotated[
        str | None, typer.Option(metavar="ATTRIBUTE", help="Whose groups are evened out; default: dataset.groups.")
    ] = None,
    constraint: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Of thresholds: equalized_odds (default), equal_opportunity, …, or none."),
    ] = None,
    json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Even out what a model does for groups: set it, run it, and show what it brought and what it cost.

    Next: `git commit` keeps it; it says how to undo it.
    """
    from dlpipe.core.project import find_project
    from dlpipe.workflow.mitigate import mitigate

    mitigate(find_project(), name, how, by, constraint)
