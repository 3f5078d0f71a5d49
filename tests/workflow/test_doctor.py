"""Each probe on a machine that lacks what it looks for."""

from __future__ import annotations

import json
import shutil
import socket
import sqlite3
from importlib.metadata import PackageNotFoundError
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.say import say
from dlpipe.workflow import doctor, probes_of_machine, probes_of_project, probes_of_python
from dlpipe.workflow.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dlpipe.core.project import Project


def test_this_machine_has_what_the_tests_need(capsys: pytest.CaptureFixture[str]):
    say.json = True
    doctor.doctor()
    said = json.loads(capsys.readouterr().out)
    assert said["ok"]
    whats = {finding["what"] for finding in said["findings"]}
    assert {"python", "pip", "packages", "torch", "system", "git", "disk", "cores", "gpu"} <= whats


def test_what_is_missing_is_exit_4_after_the_table(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.setattr(
        probes_of_python, "look", lambda: [Finding("pip", "missing", "not [bold]here[/bold]", "get it")]
    )
    with pytest.raises(DlpipeError, match="needed and missing: pip") as caught:
        doctor.doctor()
    assert caught.value.exit_code == Exit.ENVIRONMENT
    assert caught.value.fix == "get it"
    assert "not [bold]here[/bold]" in capsys.readouterr().out


def test_packages_are_held_against_the_requirements():
    def installed(name: str) -> str:
        if name == "gone":
            raise PackageNotFoundError
        return "2.5"

    wanted = ["here>=2,<3", "old>=3", "gone", 'extra>=9; extra == "serve"']
    found = probes_of_python._packages(wanted, installed)
    assert found.state == "missing"
    assert "old is 2.5, wanted >=3" in found.says
    assert "gone is not installed" in found.says
    assert "extra" not in found.says
    assert probes_of_python._packages(["here>=2,<3"], installed).state == "ok"


@pytest.mark.parametrize(
    ("torch", "torchvision", "state"),
    (
        ("2.14.1", "0.29.2", "ok"),
        ("2.14.1+cpu", "0.29.2+cpu", "ok"),
        ("2.13.0+cpu", "0.29.2", "missing"),
        ("2.14.1+cpu", "0.29.2", "weak"),
        ("2.14.1", None, "missing"),
        (None, "0.29.2", "missing"),
    ),
)
def test_torch_and_torchvision_belong_together(torch: str | None, torchvision: str | None, state: str):
    assert probes_of_python._torch_pair(torch, torchvision).state == state


def test_the_successor_of_albumentations_is_found():
    found = probes_of_python._albumentations("2.1.0")
    assert found is not None
    assert found.state == "missing"
    assert "AGPL" in found.says
    assert probes_of_python._albumentations(None) is None


@pytest.mark.parametrize(("system", "state"), (("linux", "ok"), ("darwin", "weak"), ("win32", "missing")))
def test_systems(system: str, state: str):
    assert probes_of_machine._system(system).state == state


def test_no_git_is_weak(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert probes_of_machine._git().state == "weak"
    assert probes_of_machine._gpus().state == "ok"


@pytest.mark.parametrize(("free", "state"), ((1e12, "ok"), (1e9, "weak"), (1e8, "missing")))
def test_disk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, free: float, state: str):
    monkeypatch.setattr(shutil, "disk_usage", lambda place: SimpleNamespace(free=free, total=free))
    assert probes_of_machine._disk(tmp_path).state == state


def test_little_shared_memory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(shutil, "disk_usage", lambda place: SimpleNamespace(free=0, total=64e6))
    assert probes_of_machine._shared(tmp_path).state == "weak"
    assert probes_of_machine._shared(tmp_path / "none").state == "weak"


def test_a_broken_gpu_driver(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    tool = tmp_path / "nvidia-smi"
    tool.write_text("#!/bin/sh\necho 'Driver/library version mismatch'\nexit 18\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    found = probes_of_machine._gpus()
    assert (found.state, found.says) == ("weak", "nvidia-smi fails: Driver/library version mismatch")


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
