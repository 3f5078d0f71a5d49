"""One writer at a time: a second one is told at once who holds the lock, and a dead holder frees it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.lock import locked

_HOLD = """
import sys, time
from pathlib import Path
from dlpipe.core.lock import locked
with locked(Path(sys.argv[1]), "it"):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path: Path):
    command = [sys.executable, "-c", _HOLD, str(tmp_path / "lock")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_a_second_one_is_told_at_once_who_holds_it(tmp_path: Path, holder: subprocess.Popen[str]):
    started = time.monotonic()
    with pytest.raises(DlpipeError, match=rf"pipeline 'x' is busy: process {holder.pid} \(") as caught:
        locked(tmp_path / "lock", "pipeline 'x'").__enter__()
    assert caught.value.exit_code == Exit.ENVIRONMENT
    assert time.monotonic() - started < 1


def test_a_killed_holder_frees_it(tmp_path: Path, holder: subprocess.Popen[str]):
    holder.kill()
    holder.wait()
    with locked(tmp_path / "lock", "it"):
        assert f"process {holder.pid} " not in (tmp_path / "lock").read_text()


def test_waiting_gets_it_once_it_is_free(tmp_path: Path, holder: subprocess.Popen[str]):
    holder.terminate()
    with locked(tmp_path / "lock", "it", wait=True):
        pass


_FORKING = """
import os, sys, time
from pathlib import Path
from dlpipe.core.lock import locked
with locked(Path(sys.argv[1]), "it"):
    child = os.fork()
    if child == 0:
        time.sleep(60)
        os._exit(0)
    print(child, flush=True)
    time.sleep(60)
"""


def test_a_forked_child_does_not_keep_it(tmp_path: Path):
    command = [sys.executable, "-c", _FORKING, str(tmp_path / "lock")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        child = int(process.stdout.readline())
        with pytest.raises(DlpipeError, match="is busy"):
            locked(tmp_path / "lock", "it").__enter__()
        process.kill()
        process.wait()
        try:
            with locked(tmp_path / "lock", "it"):
                os.kill(child, 0)  # it is still there
        finally:
            os.kill(child, signal.SIGKILL)


def test_it_is_free_again_after_the_block_and_after_an_error(tmp_path: Path):
    for _ in range(2):
        with pytest.raises(KeyError), locked(tmp_path / "deep" / "lock", "it"):
            raise KeyError
    with locked(tmp_path / "deep" / "lock", "it"):
        pass
    assert (tmp_path / "deep" / "lock").read_text() == ""


def test_two_names_are_two_locks(tmp_path: Path):
    with locked(tmp_path / "a", "a"), locked(tmp_path / "b", "b"):
        pass
