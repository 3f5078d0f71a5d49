"""The import contracts of pyproject.toml hold, and pytest turns warnings of dlpipe's own into errors."""

from __future__ import annotations

import subprocess
import sys
import warnings

import pytest

from tests.house.sources import REPOSITORY


def test_import_contracts():
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as lint; lint()", "--no-cache"]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]


def test_a_warning_from_dlpipe_is_an_error():
    with pytest.raises(UserWarning):
        warnings.warn_explicit("careful", UserWarning, "files.py", 1, module="dlpipe.core.files")
