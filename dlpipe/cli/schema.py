"""`dlpipe schema`."""

from __future__ import annotations

from typing import Annotated

import typer

from dlpipe.cli.options import Json, Pipeline, Quiet


def add(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("schema")(schema)


def schema(
    name: Pipeline,
    update: Annotated[
        bool, typer.Option("--update", help="Write what has changed; without it differences are shown only.")
    ] = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Write down what the samples are like (classes, attributes, pictures), to be held to from then on.

    It becomes clean.contract in pipelines/NAME.yaml: review it, edit it, commit it. Next: `dlpipe clean NAME`.
    """
    from dlpipe.workflow.schema import write_schema

    write_schema(name, update=update)
