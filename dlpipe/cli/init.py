"""`dlpipe init`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dlpipe.cli.options import Json, Quiet


def add(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("init")(init)


def init(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the new pipeline; `solar` is a ready one.")],
    project: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Make the project in this folder, or add the pipeline there.")
    ] = None,
    root: Annotated[
        str | None, typer.Option(metavar="PATH", help="Folder that already holds the pictures; nothing is copied.")
    ] = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Make a pipeline here: in an empty folder or in a project. Overwrites nothing.

    Next: pictures into data/NAME/raw/CLASS/, then `dlpipe run NAME`.
    """
    from dlpipe.workflow.init import init

    init(name, folder=project, root=root)
