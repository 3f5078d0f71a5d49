"""`dlpipe split`: the stage, and `--verify` for any split."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dlpipe.cli.options import Json, Pipeline, Quiet, Verbose

_VERIFY = "Verify"


def split(
    name: Pipeline,
    force: Annotated[bool, typer.Option("--force", "-f", help="Run it though nothing has changed.")] = False,
    verify: Annotated[
        bool,
        typer.Option(
            "--verify", help="Prove that nothing crosses the split instead; exit 3 if so.", rich_help_panel=_VERIFY
        ),
    ] = False,
    column: Annotated[
        str | None, typer.Option(help="Verify the split in this column of the samples.", rich_help_panel=_VERIFY)
    ] = None,
    csv: Annotated[
        Path | None,
        typer.Option(help="Verify the split in a CSV of `id` (or `path`) and `split`.", rich_help_panel=_VERIFY),
    ] = None,
    group_by: Annotated[
        list[str] | None,
        typer.Option(
            help="Column whose values must stay on one side; the splitter's own if not said.", rich_help_panel=_VERIFY
        ),
    ] = None,
    time: Annotated[
        str | None, typer.Option(help="Column of times: train before val before test.", rich_help_panel=_VERIFY)
    ] = None,
    json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """The stage, through DVC; with `--verify` nothing is run, and any split is looked at."""
    from dlpipe.core.errors import DlpipeError

    if verify:
        from dlpipe.workflow.verify import Question
        from dlpipe.workflow.verify import verify as run

        run(name, Question(column, csv, tuple(group_by or ()), time))
    elif column or csv or group_by or time:
        raise DlpipeError(
            "--column, --csv, --group-by and --time belong to --verify", f"`dlpipe split {name} --verify …`"
        )
    else:
        from dlpipe.workflow.single import run_single

        run_single("split", name, force=force)
