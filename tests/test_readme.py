"""What the README says is so: its tables, its examples, its links to places and commands."""

from __future__ import annotations

import ast
import importlib
import re
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import dlpipe
from dlpipe.clean.checks import Check, Seen
from dlpipe.cli.app import app
from dlpipe.core import plugin
from dlpipe.core.errors import Exit
from dlpipe.core.plugin import Plugin
from dlpipe.metrics import Metric, Predictions, Undefined
from dlpipe.modalities import Sample
from dlpipe.models import Model
from dlpipe.serve.limits import Limits
from tests.readme_tables import README, renewed

TEXT = README.read_text(encoding="utf-8")
REPOSITORY = README.parent


def example(name: str) -> str:
    (found,) = re.findall(rf"<!-- example: {re.escape(name)} -->\n```python\n(.*?)```", TEXT, re.DOTALL)
    return found


def made(kind: type[Plugin], path: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The plug-in of an example, once its file lies in its kind's folder."""
    name = Path(path).stem
    assert Path(path).parent.as_posix() == kind.package.replace(".", "/")
    (folder / f"{name}.py").write_text(example(path))
    package = importlib.import_module(kind.package)
    monkeypatch.setattr(package, "__path__", [*package.__path__, str(folder)])
    assert name in plugin.names(kind)
    found = plugin.find(kind, name)
    assert plugin.summary(found).endswith(".")
    assert all(field.description for field in found.model_fields.values())
    return found()


def test_the_tables_are_those_of_the_code():
    assert renewed(TEXT) == TEXT, "write them anew: python -m tests.readme_tables"


def test_the_check_of_the_readme_finds_flat_pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    check = made(Check, "dlpipe/clean/checks/flat.py", tmp_path, monkeypatch)
    noise = np.random.default_rng(0).integers(0, 256, (8, 8, 3)).astype(np.uint8)
    pictures = [np.full((8, 8, 3), 7, np.uint8), noise]
    looks = [check.look(Sample(str(number), picture)) for number, picture in enumerate(pictures)]
    finding = check.judge(Seen(pl.DataFrame({"id": ["0", "1"]}), pl.DataFrame(), pl.DataFrame(), looks, None))
    assert finding.scores.tolist() == [1.0, 0.0]
    assert finding.reasons == ["a spread of 0.0 grey levels", ""]


def test_the_metric_of_the_readme_is_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    from sklearn.metrics import recall_score

    metric = made(Metric, "dlpipe/metrics/specificity.py", tmp_path, monkeypatch)
    y_true, predicted = np.array([0, 0, 0, 1, 1]), np.array([0, 1, 0, 1, 0])
    says = Predictions(np.eye(2)[predicted], predicted, 1)
    assert metric.value(y_true, says) == recall_score(y_true, predicted, pos_label=0)
    assert isinstance(metric.value(np.array([1, 1, 1, 1, 1]), says), Undefined)


def test_the_model_of_the_readme_learns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    import torch

    model = made(Model, "dlpipe/models/linear.py", tmp_path, monkeypatch)
    network = model.build((3, 8, 8))
    features = network(torch.randint(0, 256, (4, 3, 8, 8), dtype=torch.uint8))
    assert features.shape == (4, network.num_features)
    features.sum().backward()
    assert all(parameter.grad is not None for parameter in network.parameters())


def test_the_python_example_uses_what_is_public():
    tree = ast.parse(example("python"))
    imported = {name.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for name in node.names}
    assert imported - {"Path"} == set(dlpipe.__all__) - {"__version__"}
    assert all(hasattr(dlpipe, name) for name in imported - {"Path"})


def test_every_command_named_exists():
    known = {command.name for command in app.registered_commands}
    named = set(
        re.findall(r"`?\bdlpipe ([a-z]+)\b", "\n".join(re.findall(r"```bash.*?```|`[^`\n]+`", TEXT, re.DOTALL)))
    )
    assert named <= known


def test_every_exit_code_is_explained():
    table = TEXT.partition("| exit code |")[2].partition("\n\n")[0]
    explained = {int(code) for row in re.findall(r"^\| ([\d, ]+) \|", table, re.MULTILINE) for code in row.split(",")}
    assert explained == set(map(int, Exit))


def test_the_servers_limits_are_those_of_the_code():
    limits = Limits()
    assert f"{limits.body // 1_000_000} MB a picture (413)" in TEXT
    assert f"{limits.header_seconds:g} s for a header and {limits.body_seconds:g} s for a body" in TEXT
    assert f"{limits.in_flight}\nrequests at once" in TEXT


@pytest.mark.parametrize("place", (".ci/run", "LICENSE", "CHANGELOG.md"))
def test_places_are_there(place: str):
    assert (REPOSITORY / place).is_file()


def test_the_changelog_tells_of_this_version():
    assert f"## {dlpipe.__version__}" in (REPOSITORY / "CHANGELOG.md").read_text(encoding="utf-8")
