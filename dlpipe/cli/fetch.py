"""`dlpipe fetch`."""

from __future__ import annotations

import typer

from dlpipe.cli.options import Json, Pipeline, Quiet, Verbose


def add(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("fetch")(fetch)


def fetch(name: Pipeline, json: Json = False, quiet: Quiet = False, verbose: Verbose = False) -> None:
    """Get a pipeline's data and pretrained weights, showing their licences first.

    What lies in data/NAME/raw is never overwritten. Next: `dlpipe run NAME`.
    """
    from dlpipe.workflow.fetch import fetch as fetch_packages

    fetch_packages(name)
