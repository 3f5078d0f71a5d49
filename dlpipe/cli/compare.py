"""`dlpipe compare`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dlpipe.cli.options import Json, Quiet


def add(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("compare")(compare)


def compare(
    first: Annotated[str, typer.Argument(metavar="A", help="A pipeline, NAME@VERSION, NAME@champion, or a run's id.")],
    second: Annotated[str, typer.Argument(metavar="B", help="What it is compared with, named alike.")],
    markdown: Annotated[bool, typer.Option("--markdown", help="Print Markdown, for a pull request.")] = False,
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="Also write a page of one file.")] = None,
    plot: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Also draw overall quality against gaps between groups, as .png or .svg."),
    ] = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Compare two models on the samples that both were tested on, with intervals, and the settings that differ.

    Next: `dlpipe promote NAME` makes the better one the champion.
    """
    from dlpipe.core.project import find_project
    from dlpipe.workflow.compare import compare_models

    compare_models(find_project(), first, second, markdown=markdown, html=html, plot=plot)
