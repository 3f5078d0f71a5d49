"""How a process ends: with its parent, and on signals in an orderly way."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.process import refuse_windows

_PARENT = """
import subprocess, sys, time
child = "import time; from dlpipe.core.process import end_with_parent; end_with_parent(); print('ready', flush=True); time.sleep(60)"
process = subprocess.Popen([sys.executable, "-c", child], stdout=subprocess.PIPE, text=True)
process.stdout.readline()
print(process.pid, flush=True)
time.sleep(60)
"""

_STOPPABLE = """
import sys, time
from pathlib import Path
from dlpipe.core.process import Stopped, raise_on_signals
raise_on_signals()
try:
    print("ready", flush=True)
    time.sleep(60)
except Stopped as stopped:
    Path(sys.argv[1]).write_text("tidied")
    if len(sys.argv) > 2:
        print("tidying", flush=True)
        time.sleep(60)
    sys.exit(stopped.exit_code)
"""


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return "gone"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="prctl is Linux's")
def test_a_child_dies_with_its_killed_parent():
    with subprocess.Popen([sys.executable, "-c", _PARENT], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert _state(child) in "SRD"
        parent.kill()
    deadline = time.monotonic() + 5
    while _state(child) not in {"gone", "Z"} and time.monotonic() < deadline:
        time.sleep(0.02)
    assert _state(child) in {"gone", "Z"}


@pytest.mark.parametrize(
    ("number", "code"),
    ((signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 143)),
)
def test_a_signal_lets_the_process_tidy_up(number: signal.Signals, code: int, tmp_path: Path):
    mark = tmp_path / "mark"
    with _started(str(mark)) as process:
        process.send_signal(number)
        assert process.wait(10) == code
    assert mark.read_text() == "tidied"


def test_a_second_signal_ends_it_at_once(tmp_path: Path):
    with _started(str(tmp_path / "mark"), "slowly") as process:
        process.send_signal(signal.SIGTERM)
        assert process.stdout is not None
        assert process.stdout.readline() == "tidying\n"
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == -signal.SIGTERM


def test_a_signal_that_the_caller_ignores_stays_ignored(tmp_path: Path):
    def ignore() -> None:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    command = [sys.executable, "-c", _STOPPABLE, str(tmp_path / "mark")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, preexec_fn=ignore) as process:  # noqa: PLW1509 - no threads here
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGHUP)
        time.sleep(0.2)
        assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 143


def _started(*arguments: str) -> subprocess.Popen[str]:
    process = subprocess.Popen([sys.executable, "-c", _STOPPABLE, *arguments], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def test_windows_is_refused_in_one_sentence(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("sys.platform", "win32")
    with pytest.raises(DlpipeError, match="does not run on Windows") as caught:
        refuse_windows()
    assert caught.value.exit_code == Exit.ENVIRONMENT


def test_a_python_without_sighup_gets_as_far_as_that_sentence():
    code = "import signal; del signal.SIGHUP; import dlpipe.cli; dlpipe.cli.raise_on_signals()"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_other_systems_are_not_refused():
    refuse_windows()
