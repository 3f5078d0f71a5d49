"""The one place that writes to the terminal.

The result of a command goes to stdout (with `--json`, only JSON does); everything said on the way goes to stderr.
Ranks other than 0 of a distributed run are silent.
"""

from __future__ import annotations

import json
import sys
from enum import IntEnum
from io import TextIOWrapper
from typing import TYPE_CHECKING, Any, TextIO, TypeVar

from dlpipe.core.rank import is_main_rank

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rich.console import Console, RenderableType

T = TypeVar("T")

_BIDIRECTIONAL = (0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
_CONTROLS = {
    **{code: f"\\x{code:02x}" for code in (*range(9), *range(11, 32), 127, *range(0x80, 0xA0))},
    **{code: f"\\u{code:04x}" for code in _BIDIRECTIONAL},
}


def printable(text: str) -> str:
    """`text` with control and bidirectional characters and lone surrogates shown instead of obeyed."""
    return text.translate(_CONTROLS).encode("utf-8", "backslashreplace").decode().replace("\t", " ")


class Level(IntEnum):
    """How much is said on the way."""

    QUIET = 0
    NORMAL = 1
    VERBOSE = 2


class Say:
    """Output sink. `say.result` once at the end; `note`, `detail`, `warn`, `track` on the way."""

    def __init__(self) -> None:
        self.level = Level.NORMAL
        self.json = False

    def note(self, text: str) -> None:
        """Says what happens, unless `--quiet`."""
        self._line(text, Level.NORMAL)

    def detail(self, text: str) -> None:
        """Says what only `--verbose` shows."""
        self._line(text, Level.VERBOSE, style="dim")

    def warn(self, text: str) -> None:
        """Says what a person should look at; shown even with `--quiet`."""
        self._line(f"warning: {text}", Level.QUIET, style="yellow")

    def problem(self, problem: str, fix: str) -> None:
        """Says why the command stops and what mends it; every rank may say this."""
        console = _console(sys.stderr)
        console.print(f"error: {printable(problem)}", style="red", markup=False, highlight=False, soft_wrap=True)
        console.print(f"fix: {printable(fix)}", markup=False, highlight=False, soft_wrap=True)

    def show(self, renderable: RenderableType) -> None:
        """Shows a table or panel on the way, unless `--quiet`."""
        if self.level >= Level.NORMAL and is_main_rank():
            _console(sys.stderr).print(renderable)

    def result(self, answer: Any, shown: RenderableType | None = None) -> None:
        """Prints the command's answer: `answer` as JSON with `--json`, else `shown` (default: keys and values)."""
        if not is_main_rank():
            return
        if self.json:
            sys.stdout.write(json.dumps(answer, indent=2, allow_nan=False) + "\n")
        elif isinstance(shown, str):
            _console(sys.stdout).print(printable(shown), markup=False, highlight=False, soft_wrap=True)
        elif shown is not None:
            _console(sys.stdout).print(shown)
        else:
            for line in _lines(answer):
                _console(sys.stdout).print(printable(line), markup=False, highlight=False, soft_wrap=True)

    def track(self, items: Iterable[T], description: str, total: int | None = None) -> Iterator[T]:
        """Passes `items` on while a progress bar shows how far it is; on no terminal, one line at the end."""
        if self.level == Level.QUIET or not is_main_rank() or not sys.stderr.isatty():
            count = 0
            for count, item in enumerate(items, start=1):  # noqa: B007 - the count is said below
                yield item
            self.detail(f"{description}: {count}")
            return
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
        with Progress(*columns, console=_console(sys.stderr), transient=True) as progress:
            yield from progress.track(items, total=total, description=description)

    def _line(self, text: str, level: Level, style: str | None = None) -> None:
        if self.level >= level and is_main_rank():
            _console(sys.stderr).print(printable(text), style=style, markup=False, highlight=False, soft_wrap=True)


def _console(stream: TextIO) -> Console:
    from rich.console import Console

    if isinstance(stream, TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")  # a terminal that knows ASCII alone must not stop a command
    return Console(file=stream, soft_wrap=False)


def _lines(answer: Any, indent: str = "") -> Iterator[str]:
    if not isinstance(answer, dict):
        yield f"{indent}{answer}"
        return
    for key, value in answer.items():
        if isinstance(value, dict):
            yield f"{indent}{key}:"
            yield from _lines(value, indent + "  ")
        else:
            yield f"{indent}{key}: {value}"


say = Say()
