"""`dlpipe predict`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dlpipe.cli.options import Json, Pipeline, Quiet


def add(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("predict")(predict)


def predict(
    name: Pipeline,
    places: Annotated[
        list[Path], typer.Argument(metavar="FILE|FOLDER", help="Files, and folders with files below them.")
    ],
    csv: Annotated[bool, typer.Option("--csv", help="Print the answer as CSV on stdout.")] = False,
    group: Annotated[
        str | None,
        typer.Option(metavar="VALUE", help="Of which group all files are, for a model that decides by group."),
    ] = None,
    groups: Annotated[
        Path | None,
        typer.Option(metavar="CSV", help="A table with columns `path` and the model's attribute, instead."),
    ] = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Say label and probability of files or of all below a folder, with the exported model.

    Next: `dlpipe serve NAME` answers the same over HTTP.
    """
    from dlpipe.workflow.predict import predict

    predict(name, places, as_csv=csv, group=group, groups=groups)
