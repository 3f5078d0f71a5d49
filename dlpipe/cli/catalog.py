"""`dlpipe list` and `dlpipe show`."""

from __future__ import annotations

from typing import Annotated

import typer

from dlpipe.cli.options import Json


def add(app: typer.Typer) -> None:
    """Adds the two commands."""
    app.command("list")(list_plugins)
    app.command("show")(show)


def list_plugins(
    kind: Annotated[
        str | None, typer.Argument(metavar="KIND", help="check, model, metric, … or section; default: all.")
    ] = None,
    json: Json = False,
) -> None:
    """List what can stand in a pipeline file: sections, checks, models, metrics and all other plug-ins.

    Next: `dlpipe show check blurry`.
    """
    from dlpipe.workflow.catalog import list_plugins

    list_plugins(kind)


def show(
    kind: Annotated[str, typer.Argument(metavar="KIND", help="check, model, metric, … or section.")],
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the plug-in or of the section.")],
    json: Json = False,
) -> None:
    """Show the settings of a plug-in or a section: types, defaults, bounds, and an example.

    Next: write it into pipelines/NAME.yaml, then `dlpipe check NAME`.
    """
    from dlpipe.workflow.catalog import show_plugin

    show_plugin(kind, name)
