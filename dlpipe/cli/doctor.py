"""`dlpipe doctor`."""

from __future__ import annotations

import typer

from dlpipe.cli.options import Json


def add(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("doctor")(doctor)


def doctor(json: Json = False) -> None:
    """Look whether this machine has all that dlpipe needs, and say what mends what is missing."""
    from dlpipe.workflow.doctor import doctor

    doctor()
