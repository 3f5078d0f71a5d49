"""The command line: parses, calls, and turns what happens into an exit code."""

from __future__ import annotations

import sys

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.process import Stopped, raise_on_signals, refuse_windows
from dlpipe.core.say import say


def main() -> None:
    """Runs one command and ends the process."""
    try:
        refuse_windows()
        raise_on_signals()
        from dlpipe.cli.app import app

        app()
    except DlpipeError as error:
        say.problem(error.problem, error.fix)
        sys.exit(error.exit_code)
    except Stopped as stopped:
        say.note("stopped; the same command goes on or starts over")
        sys.exit(stopped.exit_code)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(Exit.DONE)
    except OSError as error:
        from dlpipe.core.files import environment_problem

        problem = environment_problem(error)
        say.problem(problem.problem, problem.fix)
        sys.exit(problem.exit_code)
