"""`dlpipe status`."""

from __future__ import annotations

from typing import Annotated

import typer

from dlpipe.cli.options import Json


def add(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("status")(status)


def status(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="Name of the pipeline; default: all.")] = None,
    check: Annotated[bool, typer.Option("--check", help="End with exit code 3 if any stage is not done.")] = False,
    json: Json = False,
) -> None:
    """Show how far each pipeline is, stage by stage, and why a stage would run again.

    Next: `dlpipe run NAME`.
    """
    from dlpipe.workflow.status import show_status

    show_status(name, check=check)
