"""Types commands as a user of an installed dlpipe would, and edits pipeline files for a while."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_MODULES = {"dlpipe", "dvc", "mlflow"}


def command(words: list[str]) -> list[str]:
    """The command with this environment's interpreter."""
    return [sys.executable, "-m", *words] if words[0] in _MODULES else words


def environment() -> dict[str, str]:
    """The environment of a terminal in which the virtual environment is active."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return {**os.environ, "PATH": path, "DVC_NO_ANALYTICS": "1", "COLUMNS": "100"}


def run(words: list[str], folder: Path, *, code: int = 0, seconds: float = 1200) -> subprocess.CompletedProcess[str]:
    """Runs a command that must end with `code`."""
    done = subprocess.run(
        command(words),
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=seconds,
        stdin=subprocess.DEVNULL,
    )
    said = f"{words} ended with {done.returncode}\n{done.stdout[-3000:]}\n{done.stderr[-5000:]}"
    assert done.returncode == code, said
    assert "Traceback" not in done.stderr, said
    return done


@contextmanager
def serving(words: list[str], folder: Path, *, seconds: float = 60) -> Iterator[str]:
    """Runs a server, gives the address it says on stderr, and ends it."""
    with subprocess.Popen(
        command(words), cwd=folder, env=environment(), stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    ) as server:
        timer = threading.Timer(seconds, server.kill)
        timer.start()
        try:
            said: list[str] = []
            assert server.stderr is not None
            for line in server.stderr:
                said.append(line)
                if found := re.search(r"http://[0-9.:]+\d", line):
                    yield found.group()
                    break
            else:
                raise AssertionError("".join(said))
        finally:
            timer.cancel()
            server.send_signal(signal.SIGTERM)
            server.communicate(timeout=20)


@contextmanager
def edited(path: Path, changes: Mapping[tuple[str, ...], Any]) -> Iterator[None]:
    """A YAML file with some values changed while the block runs."""
    before = path.read_bytes()
    edit(path, changes)
    try:
        yield
    finally:
        path.write_bytes(before)


def edit(path: Path, changes: Mapping[tuple[str, ...], Any]) -> None:
    """Changes values of a YAML file."""
    yaml = YAML(typ="rt")
    tree = yaml.load(path)
    for (*above, last), value in changes.items():
        node = tree
        for key in above:
            node = node.setdefault(key, {})
        node[last] = value
    with path.open("w", encoding="utf-8") as file:
        yaml.dump(tree, file)
