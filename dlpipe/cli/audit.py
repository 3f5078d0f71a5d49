"""`dlpipe audit`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dlpipe.cli.options import Json, Quiet


def add(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("audit")(audit)


def audit(
    path: Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder with pictures; its folders are classes.")],
    at_most: Annotated[
        list[str] | None,
        typer.Option(metavar="CHECK=SHARE", help="End with exit code 3 where more is found; repeatable."),
    ] = None,
    report: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a page for a browser, with thumbnails.")
    ] = None,
    check: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Look for this alone; repeatable. See `dlpipe list check`.")
    ] = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Say what is wrong with the pictures of any folder: no pipeline needed, nothing is written into it.

    Next: `dlpipe init NAME --root FOLDER` makes a pipeline of it.
    """
    from dlpipe.workflow.audit import audit_folder

    audit_folder(path, at_most=at_most or (), page_file=report, checks=check or ())
