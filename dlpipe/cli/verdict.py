"""`dlpipe keep` and `dlpipe drop`."""

from __future__ import annotations

from typing import Annotated

import typer

from dlpipe.cli.options import Json, Pipeline, Quiet

Ids = Annotated[list[str], typer.Argument(metavar="ID", help="Samples, as data/NAME/clean/report.html names them.")]
Why = Annotated[str, typer.Option(metavar="TEXT", help="The reason, for those who read it later.")]
By = Annotated[str | None, typer.Option(metavar="NAME", help="Who says so; default: git's user.name.")]
Undo = Annotated[bool, typer.Option("--undo", help="Take such a verdict back: the checks decide again.")]


def add(app: typer.Typer) -> None:
    """Adds the two commands."""
    app.command("keep")(keep)
    app.command("drop")(drop)


def keep(
    name: Pipeline,
    ids: Ids,
    why: Why = "",
    by: By = None,
    undo: Undo = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Keep samples whatever the checks say; what was set aside comes back.

    One line each in data/NAME/annotations/verdicts.jsonl, to be committed. Next: `dlpipe run NAME`.
    """
    from dlpipe.workflow.verdict import give_verdict

    give_verdict("keep", name, ids, why=why, by=by, undo=undo)


def drop(
    name: Pipeline,
    ids: Ids,
    why: Why = "",
    by: By = None,
    undo: Undo = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Set samples aside whatever the checks say; no file is deleted.

    One line each in data/NAME/annotations/verdicts.jsonl, to be committed. Next: `dlpipe run NAME`.
    """
    from dlpipe.workflow.verdict import give_verdict

    give_verdict("drop", name, ids, why=why, by=by, undo=undo)
