"""`dlpipe serve`."""

from __future__ import annotations

from typing import Annotated

import typer

from dlpipe.cli.options import Pipeline, Quiet, Verbose


def add(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("serve")(serve)


def serve(
    name: Pipeline,
    host: Annotated[str, typer.Option(help="Address to listen on; any but loopback demands a token.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 lets the system choose.")] = 8000,
    allow_host: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="A further name under which clients call; repeatable.")
    ] = None,
    token: Annotated[bool, typer.Option("--token", help="Demand a token on loopback too.")] = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Answer pictures over HTTP with the exported model.

    A model that decides by group takes it as /predict?group=VALUE.

    Next: curl --data-binary @PICTURE http://127.0.0.1:8000/predict
    """
    from dlpipe.serve.server import serve

    serve(name, host=host, port=port, allow_hosts=allow_host or (), demand_token=token)
