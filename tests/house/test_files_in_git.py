"""What is in git: readable YAML, nothing large, and a README whose two lines a script can take."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.house import large_files, yaml_files
from tests.house.sources import REPOSITORY


def _in_git() -> list[str]:
    if not (REPOSITORY / ".git").exists():
        pytest.skip("this is no git checkout")
    done = subprocess.run(["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    names = [name for name in done.stdout.split("\0") if name]
    return [str(REPOSITORY / name) for name in names if (REPOSITORY / name).is_file()]


def test_yaml_can_be_read():
    assert not yaml_files.mistakes([path for path in _in_git() if path.endswith((".yaml", ".yml"))])


def test_nothing_is_large():
    assert not large_files.mistakes(_in_git())


def test_bad_files_are_found(tmp_path: Path):
    (tmp_path / "a.yaml").write_text("a: [1\n")
    (tmp_path / "b").write_bytes(b"x" * 600_000)
    assert yaml_files.mistakes([str(tmp_path / "a.yaml")])
    assert large_files.mistakes([str(tmp_path / "b")])


@pytest.mark.parametrize("name", (".ci/run", ".ci/lock"))
def test_scripts_can_be_started(name: str):
    assert os.access(REPOSITORY / name, os.X_OK)
    subprocess.run(["bash", "-n", REPOSITORY / name], check=True)


@pytest.mark.parametrize("which", ("run", "test"))
def test_the_readme_has_the_line_that_a_script_takes(which: str):
    text = (REPOSITORY / "README.md").read_text("utf-8")
    blocks = re.findall(rf"<!-- line: {which} -->\n+```[a-z]*\n(.*?)```", text, re.DOTALL)
    assert len(blocks) == 1
    (line,) = blocks[0].strip().splitlines()
    assert "requirements" in line


def test_ci_takes_the_same_line_from_the_readme():
    text = (REPOSITORY / "README.md").read_text("utf-8")
    (block,) = re.findall(r"<!-- line: test -->\n+```[a-z]*\n(.*?)```", text, re.DOTALL)
    script = (REPOSITORY / ".ci" / "run").read_text("utf-8")
    (pick,) = re.findall(r'^line="\$\((.*)\)"$', script, re.MULTILINE)
    done = subprocess.run(["bash", "-c", pick], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == block.strip()
