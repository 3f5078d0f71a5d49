"""All commands. A body is a few lines and imports inside, so that `--help` loads nothing heavy."""

from __future__ import annotations

from typing import Annotated

import typer

from dlpipe import __version__
from dlpipe.cli import (
    audit,
    catalog,
    check,
    clear,
    compare,
    doctor,
    fetch,
    init,
    mitigate,
    predict,
    promote,
    run,
    schema,
    serve,
    status,
    sync,
    verdict,
)
from dlpipe.cli.options import listen
from dlpipe.cli.stages import add_stages

_EPILOG = "First steps: `dlpipe init NAME`, pictures into data/NAME/raw/CLASS/, `dlpipe run NAME`."

app = typer.Typer(
    name="dlpipe",
    help="From raw data to a deployed deep-learning model, as one reproducible pipeline.",
    epilog=_EPILOG,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _version(value: bool) -> None:
    if value:
        typer.echo(f"dlpipe {__version__}")
        raise typer.Exit


@app.callback()
def dlpipe(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """From raw data to a deployed deep-learning model, as one reproducible pipeline."""
    listen()


run.add(app)
init.add(app)
check.add(app)
fetch.add(app)
audit.add(app)
verdict.add(app)
schema.add(app)
predict.add(app)
compare.add(app)
mitigate.add(app)
promote.add(app)
serve.add(app)
sync.add(app)
catalog.add(app)
status.add(app)
clear.add(app)
doctor.add(app)
add_stages(app)
