"""Writes the README's tables of commands and plug-ins from the code: `python -m tests.readme_tables`."""

from __future__ import annotations

import re
from pathlib import Path

from typer.testing import CliRunner

from dlpipe.cli.app import app
from dlpipe.workflow.catalog import kinds, plugins

README = Path(__file__).resolve().parents[1] / "README.md"


def commands_table() -> str:
    """A row a command: how it is called, and what it is for."""
    rows = ["| command | what it does |", "|---|---|"]
    for command in app.registered_commands:
        page = CliRunner().invoke(app, [command.name or "", "--help"], env={"COLUMNS": "300"}).output
        usage = re.search(r"Usage: \S+ (.*)", page)
        text = command.help or (command.callback.__doc__ if command.callback else "") or ""
        assert usage is not None
        arguments = usage[1].replace(" [OPTIONS]", "").translate({ord("{"): "", ord("}"): ""})
        rows.append(f"| `dlpipe {_cell(arguments)}` | {_cell(text.split(chr(10))[0])} |")
    return "\n".join(rows)


def plugins_table() -> str:
    """A row a plug-in, by kind."""
    rows = ["| kind | name | what it is |", "|---|---|---|"]
    for kind, found in kinds().items():
        rows += [f"| {kind} | `{name}` | {_cell(sentence)} |" for name, sentence in plugins(found).items()]
    return "\n".join(rows)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def renewed(text: str) -> str:
    """The README with its tables as the code has them."""
    for name, table in (("commands", commands_table()), ("plugins", plugins_table())):
        pattern = rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)"
        text, count = re.subn(
            pattern, lambda found, table=table: f"{found[1]}{table}\n{found[2]}", text, flags=re.DOTALL
        )
        assert count == 1, name
    return text


if __name__ == "__main__":
    README.write_text(renewed(README.read_text(encoding="utf-8")), encoding="utf-8")
