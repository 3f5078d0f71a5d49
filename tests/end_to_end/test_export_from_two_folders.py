"""The same network exported by two copies of dlpipe in two places is the same file."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import dlpipe

SCRIPT = """
from pathlib import Path
import numpy as np, torch
import dlpipe
from dlpipe.graph.write import write_graph
from dlpipe.models.timm import Timm
from dlpipe.network import Network
assert Path(dlpipe.__file__).is_relative_to(Path.cwd())
torch.manual_seed(0)
backbone = Timm(architecture="test_efficientnet").build((3, 32, 32))
example = np.zeros((2, 3, 32, 32), dtype=np.uint8)
write_graph(Network(backbone, torch.nn.Linear(backbone.num_features, 2)), example, ("outputs", "features"), Path("m.onnx"))
"""


@pytest.mark.slow
def test_two_checkouts_write_the_same_bytes(tmp_path: Path) -> None:
    digests = set()
    for name in ("one", "another place"):
        folder = tmp_path / name
        shutil.copytree(Path(dlpipe.__file__).parent, folder / "dlpipe", ignore=shutil.ignore_patterns("__pycache__"))
        subprocess.run([sys.executable, "-c", SCRIPT], cwd=folder, check=True)
        content = (folder / "m.onnx").read_bytes()
        assert str(tmp_path).encode() not in content
        digests.add(hashlib.sha256(content).hexdigest())
    assert len(digests) == 1
