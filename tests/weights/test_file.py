from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.project import Project
from dlpipe.models.small_cnn import SmallCnn
from dlpipe.weights.file import FileWeights

MODEL = SmallCnn(width=2, depth=1)


def filled(state: dict[str, torch.Tensor], root: Path) -> dict[str, torch.Tensor]:
    save_file(state, root / "w.safetensors")
    backbone = MODEL.build((3, 16, 16))
    FileWeights(path="w.safetensors").fill(backbone, MODEL, Project(root))
    return backbone.state_dict()


@pytest.mark.parametrize(
    "spelling",
    (lambda name: name, lambda name: f"backbone.{name}", lambda name: name.removeprefix("net.")),
    ids=("own", "trained", "timm"),
)
def test_three_spellings_are_understood(spelling: object, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    torch.manual_seed(1)
    wanted = MODEL.build((3, 16, 16)).state_dict()
    renamed = {spelling(name): value for name, value in wanted.items()}  # type: ignore[operator]
    found = filled({**renamed, "head.weight": torch.zeros(2, 2)}, tmp_path)
    assert all(torch.equal(found[name], wanted[name]) for name in wanted)
    assert "head.weight" in capsys.readouterr().err


def test_a_file_of_another_network_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DlpipeError, match="does not fit the network"):
        filled(SmallCnn(width=4, depth=1).build((3, 16, 16)).state_dict(), tmp_path)


def test_only_safetensors_are_read(tmp_path: Path) -> None:
    torch.save({"a": torch.zeros(1)}, tmp_path / "w.pth")
    with pytest.raises(DlpipeError, match="no safetensors file") as caught:
        FileWeights(path="w.pth").fill(MODEL.build((3, 16, 16)), MODEL, Project(tmp_path))
    assert "can carry code" in caught.value.fix


def test_a_missing_file_is_an_error_of_the_environment(tmp_path: Path) -> None:
    with pytest.raises(DlpipeError, match=r"nowhere.safetensors are missing") as caught:
        FileWeights(path="nowhere.safetensors").fingerprint(MODEL, Project(tmp_path))
    assert caught.value.exit_code == Exit.ENVIRONMENT


def test_the_fingerprint_is_of_the_files_bytes(tmp_path: Path) -> None:
    found = []
    for value in (0, 1):
        save_file({"a": torch.tensor([value])}, tmp_path / "w.safetensors")
        found.append(FileWeights(path="w.safetensors").fingerprint(MODEL, Project(tmp_path)))
    assert found[0] != found[1]
