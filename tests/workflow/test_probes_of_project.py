"""Projects whose DVC or MLflow is not well."""

from __future__ import annotations

import socket
import sqlite3
from typing import TYPE_CHECKING

import pytest

from dlpipe.workflow import probes_of_project

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dlpipe.core.project import Project


def test_a_project_is_looked_at(project_factory: Callable[..., Project], monkeypatch: pytest.MonkeyPatch):
    project = project_factory("demo", num_samples=2)
    found = {finding.what: finding for finding in probes_of_project.look(project)}
    assert found["dvc"].state == "ok"
    assert "no remote" in found["dvc"].says
    assert found["mlflow"].state == "ok"
    config = project.root / ".dvc" / "config"
    config.write_text(config.read_text() + "['remote \"store\"']\n    url = /srv/%(x)s\n")
    assert probes_of_project._dvc(config).says == "remotes: store"


def test_dvcs_shared_cache_is_weak(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("DVC_SITE_CACHE_DIR", raising=False)
    config = tmp_path / "config"
    config.write_text("[core]\n    analytics = false\n")
    assert probes_of_project._dvc(config).state == "weak"
    config.write_text("not a config")
    assert probes_of_project._dvc(config).state == "missing"
    assert probes_of_project._dvc(tmp_path / "gone").state == "missing"


def test_a_half_migrated_database_is_found(tmp_path: Path):
    path = tmp_path / "mlflow.db"
    with sqlite3.connect(path) as connection:
        connection.execute("create table _alembic_tmp_tags (x)")
    connection.close()
    found = probes_of_project._database(path)
    assert found.state == "missing"
    assert "half migrated" in found.says
    (tmp_path / "text.db").write_text("no database at all, but text of some length" * 50)
    assert probes_of_project._database(tmp_path / "text.db").state == "missing"


def test_a_server_that_is_away_is_weak_and_its_password_stays_hidden(project_factory: Callable[..., Project]):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    found = probes_of_project._mlflow(project_factory("demo", num_samples=2), f"http://user:secret@127.0.0.1:{port}")
    assert found.state == "weak"
    assert "secret" not in found.says
