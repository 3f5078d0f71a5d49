"""Runs of `dlpipe` in forks of a process that has imported what stages import: seconds of each run are imports.

Nothing of dlpipe itself is imported before the fork, so what it does at import is met by faults as well. The first run
of each stage (`Homes.finished`) is a fresh interpreter.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import json
import os
import runpy
import signal
import subprocess
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from tests.faults.cold import Ended
from tests.house.sources import REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping, Sequence

_IMPORTED = (
    *("torch", "torch.export._trace", "torch.onnx", "torch.onnx._internal.exporter._core"),
    *("torch.utils._sympy.numbers", "onnxscript", "onnxscript.function_libs.torch_lib.ops", "safetensors.torch"),
    *("pytorch_lightning", "torchvision", "timm", "albumentations", "cv2", "typer"),
    *("mlflow.tracking", "mlflow.models", "mlflow.store.tracking.sqlalchemy_store"),
    *("mlflow.store.model_registry.sqlalchemy_store", "alembic.script", "sqlalchemy.dialects.sqlite"),
    *("sklearn.linear_model", "sklearn.neighbors", "sklearn.metrics", "scipy.stats", "scipy.optimize"),
    *("matplotlib.backends.backend_agg", "matplotlib.pyplot"),
)
"""Not onnxruntime, whose thread does not outlive a fork: it is waited for at the end."""

_SECONDS = 120
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")


class Warm:
    """A process that forks a child for each command, one at a time.

    It has imported the libraries of all stages, or the modules that are named; polars only if it is one of them, and then
    no command may leave it threads: nothing of it runs before the fork.
    """

    def __init__(self, imported: Sequence[str] = _IMPORTED) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.warm", *imported],
            cwd=REPOSITORY,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **_ONE_THREAD},
            text=True,
        )

    def run(
        self,
        words: Sequence[str],
        folder: Path,
        environment: Mapping[str, str],
        *,
        before: Callable[[int], None] | None = None,
        during: Callable[[int], None] | None = None,
    ) -> Ended:
        """Runs `dlpipe WORDS` in `folder`, in a process group of its own.

        Args:
            words: The command line behind `dlpipe`.
            folder: The working folder; `<folder>.stderr` beside it holds what is said.
            environment: Added to the present one.
            before: Gets the child's process number while it waits, before its first step.
            during: Gets it once it runs.
        """
        said = folder.with_name(f"{folder.name}.stderr")
        self._ask({"words": list(words), "folder": str(folder), "environment": dict(environment), "said": str(said)})
        pid = int(self._answer())
        with _killed_after(pid, _SECONDS) as hung:
            _wait_for_stop(pid)
            if before is not None:
                before(pid)
            os.kill(pid, signal.SIGCONT)
            if during is not None:
                during(pid)
            code = int(self._answer())
        text = said.read_text(errors="replace")
        said.unlink()
        assert not hung.is_set(), f"{list(words)} in {folder} did not end within {_SECONDS} s:\n{text}"
        return Ended(code, text)

    def close(self) -> None:
        """Ends the process."""
        self._process.communicate()

    def _ask(self, request: dict[str, object]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()

    def _answer(self) -> str:
        assert self._process.stdout is not None
        answer = self._process.stdout.readline()
        assert answer, f"the warm process ended with {self._process.wait()}"
        return answer


@contextlib.contextmanager
def _killed_after(pid: int, seconds: float) -> Generator[threading.Event]:
    """Kills a child that hangs, and says so: a hang must not pass for the kill that a trial is about."""
    hung = threading.Event()

    def kill() -> None:
        hung.set()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)

    timer = threading.Timer(seconds, kill)
    timer.start()
    try:
        yield hung
    finally:
        timer.cancel()


def _wait_for_stop(pid: int) -> None:
    deadline = time.monotonic() + _SECONDS
    while state(pid, "State")[:1] != "T":
        assert time.monotonic() < deadline
        time.sleep(0.002)


def state(pid: int, field: str) -> str:
    """One line of what Linux says about a process: proc(5), `/proc/PID/status`."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(line.partition(":")[2].strip() for line in lines if line.startswith(f"{field}:"))


def _serve() -> list[str]:
    """Forks a child for every request; returns in the child, which then is the command."""
    imported = sys.argv[1:]
    if "polars" not in imported:
        sys.modules["polars"] = None  # type: ignore[assignment] - not now: its threads do not outlive a fork
    for name in imported:
        importlib.import_module(name)
    if "polars" not in imported:
        del sys.modules["polars"]
    gc.freeze()
    for line in sys.stdin:
        request = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _become(request)
            return request["words"]
        _tell(pid)
        _tell(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
    sys.exit()


def _tell(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


def _become(request: dict[str, Any]) -> None:
    """Takes the command's place and waits to be let go."""
    os.setsid()
    os.chdir(request["folder"])
    os.environ.update(request["environment"])
    nothing = os.open(os.devnull, os.O_RDWR)
    said = os.open(request["said"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    for number, opened in enumerate((nothing, nothing, said)):
        os.dup2(opened, number)
    sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w"), open(2, "w")  # noqa: SIM115 - the command's own
    os.kill(os.getpid(), signal.SIGSTOP)


def _run(words: Sequence[str]) -> int:
    """`python -m dlpipe WORDS`; returns what it ends with."""
    sys.argv = ["dlpipe", *words]
    try:
        runpy.run_module("dlpipe", run_name="__main__", alter_sys=True)
    except SystemExit as ended:
        return int(ended.code or 0)
    except BaseException:  # noqa: BLE001 - as the interpreter itself would
        traceback.print_exc()
        return 1
    return 0


def _leave(code: int) -> NoReturn:
    """Ends as the interpreter does, but for taking thousands of modules apart, which takes seconds after a fork."""
    threading._shutdown()  # type: ignore[attr-defined] - there is no public name for it
    atexit._run_exitfuncs()  # type: ignore[attr-defined] - nor for this
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    _leave(_run(_serve()))
