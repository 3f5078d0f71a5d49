from __future__ import annotations

import json
from typing import TYPE_CHECKING

from typer.testing import CliRunner

from dlpipe.cli.app import app
from dlpipe.core.errors import DlpipeError

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from dlpipe.core.project import Project


def test_a_pipeline_that_uses_no_package(
    project_factory: Callable[..., Project], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
):
    project = project_factory()
    (project.data("demo") / "raw.dvc").write_text("outs: []\n", encoding="utf-8")  # as if DVC kept it already
    monkeypatch.chdir(project.root)
    done = CliRunner().invoke(app, ["fetch", "demo", "--json"])
    assert done.exit_code == 0
    assert json.loads(done.stdout) == {"pipeline": "demo", "raw": str(project.data("demo") / "raw"), "packages": []}


def test_an_unknown_pipeline(project_factory: Callable[..., Project], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(project_factory().root)
    done = CliRunner().invoke(app, ["fetch", "dmo"])
    assert isinstance(done.exception, DlpipeError)
    assert "did you mean 'demo'" in done.exception.problem


def test_help_says_that_nothing_is_overwritten():
    done = CliRunner().invoke(app, ["fetch", "--help"])
    assert "never overwritten" in " ".join(done.stdout.split())
