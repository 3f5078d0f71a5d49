from __future__ import annotations

import logging
import os

import pytest

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.tracking.store import Store, patient, quiet, store_of, without_secrets
from tests.tracking.stores import PIPELINE


@pytest.mark.parametrize("uri", ("file:./mlruns", "file:///srv/mlruns", "mlruns", "./mlruns", "/srv/mlruns"))
def test_a_folder_of_files_is_refused_with_the_way_out(project, monkeypatch, uri):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    with pytest.raises(DlpipeError, match="no longer writes") as refused:
        store_of(project, PIPELINE)
    assert "mlflow migrate-filestore" in refused.value.fix
    assert refused.value.exit_code == Exit.INPUT


def test_the_default_is_a_database_of_the_project(project):
    store = store_of(project, PIPELINE)
    assert store.uri == f"sqlite:///{project.root}/mlflow.db"
    assert store.own
    assert store.artifacts == project.root / "mlruns"


def test_a_relative_database_lies_in_the_project(project, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "sqlite:///mlflow.db")
    assert store_of(project, PIPELINE) == store_of(project, None)
    assert store_of(project, PIPELINE).own


def test_a_server_and_its_registry_are_honoured(project, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "https://me:secret@mlflow.example/a?b=c")
    monkeypatch.setenv("MLFLOW_REGISTRY_URI", "https://registry.example")
    store = store_of(project, PIPELINE)

    assert store.shown == "https://mlflow.example/a"
    assert (store.registry_uri, store.database, store.own) == ("https://registry.example", None, False)


def test_a_new_password_is_the_same_store(tmp_path):
    first, second = (Store(f"https://me:{word}@mlflow.example", "", tmp_path) for word in ("one", "two"))
    assert first.identity == second.identity
    assert "one" not in without_secrets(first.uri)


def test_a_smoke_run_must_name_its_pipeline(project, monkeypatch):
    monkeypatch.setenv("DLPIPE_LIMIT", "20")
    with pytest.raises(ValueError, match="one pipeline"):
        store_of(project, None)


def test_settings_of_the_user_stay(monkeypatch):
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "6")
    quiet()
    assert os.environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] == "6"
    assert os.environ["MLFLOW_DISABLE_TELEMETRY"] == "true"
    assert logging.getLogger("mlflow").level == logging.CRITICAL


def test_uploads_get_time_and_nothing_else_does():
    quiet()
    before = os.environ["MLFLOW_HTTP_REQUEST_TIMEOUT"]
    with patient():
        assert float(os.environ["MLFLOW_HTTP_REQUEST_TIMEOUT"]) >= float(before)
    assert os.environ["MLFLOW_HTTP_REQUEST_TIMEOUT"] == before
