"""`dlpipe check`."""

from __future__ import annotations

from typing import Annotated

import typer

from dlpipe.cli.options import Json, Quiet


def add(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("check")(check)


def check(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="Name of the pipeline; default: all.")] = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Find every mistake of the pipeline files at once, with file, line and the nearest spelling.

    Next: `dlpipe run NAME`.
    """
    from dlpipe.workflow.check import check

    check(name)
