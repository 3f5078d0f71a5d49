from __future__ import annotations

import multiprocessing
import os
import shutil
import sqlite3
import subprocess
import sys

import pytest

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.tracking import schema
from dlpipe.tracking.store import prepare, store_of
from tests.tracking.stores import PIPELINE, bare_project, client


def _execute(database, statement, *values):
    with sqlite3.connect(database) as connection:
        connection.execute(statement, values)
    connection.close()


def _say_version(database, version):
    _execute(database, "update alembic_version set version_num = ?", version)


def _refusal(project):
    with pytest.raises(DlpipeError) as refused:
        prepare(store_of(project, PIPELINE))
    return refused.value


_KILLED = """
import os, signal, sqlite3, sys
store = sqlite3.connect(sys.argv[1], isolation_level=None)
store.execute("pragma cache_size = 1")
store.execute("begin")
store.execute("create table big (text)")
for _ in range(200):
    store.execute("insert into big values (?)", ("x" * 4000,))
os.kill(os.getpid(), signal.SIGKILL)
"""
"""Ends amid a transaction, of which pages are in the file already."""


def test_a_process_killed_in_a_transaction_spoils_nothing(project):
    client(project)
    database = store_of(project, PIPELINE).database
    subprocess.run([sys.executable, "-c", _KILLED, str(database)], check=False)
    assert database.with_name(f"{database.name}-journal").stat().st_size
    prepare(store_of(project, PIPELINE))
    with sqlite3.connect(database) as connection:
        assert connection.execute("select count(*) from sqlite_master where name = 'big'").fetchone() == (0,)
    connection.close()


def test_four_processes_that_start_at_once_share_a_new_database(project, tmp_path):
    client(project)  # imports mlflow, which the processes then share
    project = bare_project(tmp_path / "new")
    context = multiprocessing.get_context("fork")
    barrier, answers = context.Barrier(4), context.Queue()

    def start() -> None:
        try:
            barrier.wait()
            prepare(store_of(project, PIPELINE))
            answers.put(client(project).create_experiment(f"of-{os.getpid()}"))
        except BaseException as error:  # noqa: BLE001 - whatever it is, the test shows it
            answers.put(error)

    processes = [context.Process(target=start) for _ in range(4)]
    for process in processes:
        process.start()
    found = [answers.get(timeout=120) for _ in processes]
    for process in processes:
        process.join()

    assert all(isinstance(answer, str) for answer in found), found
    assert len(client(project).search_experiments()) == 5
    assert sorted(path.name for path in project.root.glob("mlflow.db*")) == ["mlflow.db", "mlflow.db-lock"]


def test_killed_while_it_is_made_there_is_no_database(tmp_path, monkeypatch):
    project = bare_project(tmp_path / "project")

    def killed(database, _artifacts):
        database.write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(schema, "_open", killed)
    with pytest.raises(KeyboardInterrupt):
        prepare(store_of(project, PIPELINE))
    assert not (project.root / "mlflow.db").exists()


def test_a_half_migrated_database_is_named_and_can_be_mended(project):
    _execute(project.root / "mlflow.db", "create table _alembic_tmp_tags (a text)")
    refusal = _refusal(project)

    assert refusal.exit_code == Exit.INTEGRITY
    assert "half migrated" in refusal.problem
    assert "_alembic_tmp_tags" in refusal.problem
    assert "dlpipe sync --all" in refusal.fix


def test_a_database_without_a_version_is_half_migrated(project):
    _execute(project.root / "mlflow.db", "delete from alembic_version")
    assert "it has 0 versions" in _refusal(project).problem
    _execute(project.root / "mlflow.db", "drop table alembic_version")
    assert "it has no version" in _refusal(project).problem


def test_a_file_that_is_no_database_is_named(project):
    (project.root / "mlflow.db").write_bytes(b"not a database, but long enough to be looked at" * 20)
    refusal = _refusal(project)

    assert refusal.exit_code == Exit.INTEGRITY
    assert "cannot be read" in refusal.problem


def test_a_newer_schema_is_left_alone(project):
    before = (project.root / "mlflow.db").read_bytes()
    _say_version(project.root / "mlflow.db", "ffff00000000")
    refusal = _refusal(project)

    assert refusal.exit_code == Exit.INTEGRITY
    assert "ffff00000000" in refusal.problem
    assert len(before) == (project.root / "mlflow.db").stat().st_size


def _previous() -> str:
    scripts = schema._scripts()
    head = scripts.get_revision(str(scripts.get_current_head()))
    return str(head.down_revision)


def test_the_projects_own_older_database_is_migrated_and_kept(project, monkeypatch):
    old = _previous()
    _say_version(project.root / "mlflow.db", old)
    monkeypatch.setattr(schema.subprocess, "run", _upgraded)
    prepare(store_of(project, PIPELINE))

    assert (project.root / f"mlflow.db-before-{old}").is_file()
    assert client(project).search_experiments()


def _upgraded(command, **_):
    """What `mlflow db upgrade` does to a database that only says it is old."""
    database = command[-1].removeprefix("sqlite:///")
    _say_version(database, schema._scripts().get_current_head())
    return schema.subprocess.CompletedProcess(command, 0, "", "")


def test_a_migration_that_fails_changes_nothing(project, monkeypatch):
    old = _previous()
    _say_version(project.root / "mlflow.db", old)
    before = (project.root / "mlflow.db").read_bytes()
    failed = schema.subprocess.CompletedProcess([], 1, "", "sqlite3.OperationalError: duplicate column name: step\n")
    monkeypatch.setattr(schema.subprocess, "run", lambda *_, **__: failed)

    assert "duplicate column name" in _refusal(project).problem
    assert (project.root / "mlflow.db").read_bytes() == before


def test_a_shared_older_database_is_never_upgraded(project, tmp_path, monkeypatch):
    shared = tmp_path / "shared.db"
    shutil.copyfile(project.root / "mlflow.db", shared)
    _say_version(shared, _previous())
    before = shared.read_bytes()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{shared}")
    refusal = _refusal(project)

    assert refusal.exit_code == Exit.INTEGRITY
    assert _previous() in refusal.problem
    assert "mlflow db upgrade" in refusal.fix
    assert shared.read_bytes() == before


def test_another_database_server_is_asked_for_its_version_only(project, tmp_path):
    shared = tmp_path / "shared.db"
    shutil.copyfile(project.root / "mlflow.db", shared)
    uri = f"sqlite:///{shared}"
    schema.check_shared(uri, uri)
    _say_version(shared, _previous())
    with pytest.raises(DlpipeError, match="never upgraded unasked"):
        schema.check_shared(uri, uri)


def test_a_locked_database_is_waited_for_or_named(project):
    holder = sqlite3.connect(project.root / "mlflow.db", isolation_level=None)
    holder.execute("begin immediate")
    prepare(store_of(project, PIPELINE))
    holder.execute("rollback")
    holder.close()
