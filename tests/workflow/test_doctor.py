"""All findings in one table, and an exit code."""

from __future__ import annotations

import json

import pytest

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.say import say
from dlpipe.workflow import doctor, probes_of_python
from dlpipe.workflow.finding import Finding


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
