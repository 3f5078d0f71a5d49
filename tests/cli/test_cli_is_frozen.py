"""The command line is a promise: scripts of other people call it. Whoever changes this table changes the promise."""

from __future__ import annotations

import re

import pytest
from typer.testing import CliRunner

from dlpipe.cli.app import app
from dlpipe.core.stage import STAGES

STAGE = ("[OPTIONS] {NAME}", "--force --help --json --quiet --verbose")
PROMISED = {
    "run": ("[OPTIONS] [NAME]", "--force --help --json --limit --quiet --verbose"),
    "init": ("[OPTIONS] {NAME}", "--help --json --project --quiet --root"),
    "check": ("[OPTIONS] [NAME]", "--help --json --quiet"),
    "fetch": ("[OPTIONS] {NAME}", "--help --json --quiet --verbose"),
    "audit": ("[OPTIONS] {FOLDER}", "--at-most --check --help --json --quiet --report"),
    "keep": ("[OPTIONS] {NAME} {ID}...", "--by --help --json --quiet --undo --why"),
    "drop": ("[OPTIONS] {NAME} {ID}...", "--by --help --json --quiet --undo --why"),
    "schema": ("[OPTIONS] {NAME}", "--help --json --quiet --update"),
    "predict": ("[OPTIONS] {NAME} {FILE|FOLDER}...", "--csv --group --groups --help --json --quiet"),
    "compare": ("[OPTIONS] {A} {B}", "--help --html --json --markdown --plot --quiet"),
    "mitigate": ("[OPTIONS] {NAME} {HOW}", "--by --constraint --help --json --quiet --verbose"),
    "promote": ("[OPTIONS] {NAME}", "--anyway --because --help --json --quiet --version"),
    "serve": ("[OPTIONS] {NAME}", "--allow-host --help --host --port --quiet --token --verbose"),
    "sync": ("[OPTIONS]", "--all --help --json --quiet --verbose"),
    "list": ("[OPTIONS] [KIND]", "--help --json"),
    "show": ("[OPTIONS] {KIND} {NAME}", "--help --json"),
    "status": ("[OPTIONS] [NAME]", "--check --help --json"),
    "clear": ("[OPTIONS] [NAME]", "--help --json --quiet --what --yes"),
    "doctor": ("[OPTIONS]", "--help --json"),
    **dict.fromkeys(STAGES, STAGE),
    "split": (STAGE[0], "--column --csv --force --group-by --help --json --quiet --time --verbose --verify"),
}


def test_no_command_comes_or_goes_unnoticed():
    assert {command.name for command in app.registered_commands} == set(PROMISED)


@pytest.mark.parametrize("name", PROMISED)
def test_arguments_and_options_are_those_promised(name: str):
    usage, options = PROMISED[name]
    page = CliRunner().invoke(app, [name, "--help"], env={"COLUMNS": "300"}).output
    assert re.search(r"Usage: \S+ \S+ (.*)", page)[1] == usage  # type: ignore[index] - a page without usage fails too
    assert sorted(set(re.findall(r"^\s+(?:-\w, )?(--[a-z-]+)", page, re.MULTILINE))) == options.split()


def test_short_options():
    page = CliRunner().invoke(app, ["run", "--help"]).output
    for short, long in (("-f", "--force"), ("-q", "--quiet"), ("-v", "--verbose")):
        assert f"{short}, {long}" in page
