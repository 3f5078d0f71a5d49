from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.project import Project
from dlpipe.models.small_cnn import SmallCnn
from dlpipe.models.timm import Timm
from dlpipe.weights.hub import HubWeights

MODEL = Timm(architecture="test_efficientnet.r160_in1k")
SHAPE = (3, 32, 32)


def test_what_timm_gives_is_what_the_backbone_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    hub = MODEL.build(SHAPE)
    asked: list[Any] = []

    def create(self: Timm, example_shape: Any, *, pretrained: bool) -> Any:
        asked.append((self.architecture, tuple(example_shape), pretrained))
        return hub

    backbone = MODEL.build(SHAPE)
    monkeypatch.setattr(Timm, "create", create)
    HubWeights().fill(backbone, MODEL, Project(tmp_path))
    assert asked == [("test_efficientnet.r160_in1k", SHAPE, True)]
    assert all(torch.equal(value, hub.state_dict()[key]) for key, value in backbone.state_dict().items())
    assert "licence: apache-2.0" in capsys.readouterr().err


def test_a_hub_out_of_reach_is_an_error_of_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import timm

    backbone = MODEL.build(SHAPE)

    def unreachable(*_: object, **__: object) -> None:
        raise OSError("no route to host\nlong story")

    monkeypatch.setattr(timm, "create_model", unreachable)
    with pytest.raises(DlpipeError, match=r"no route to host$") as caught:
        HubWeights().fill(backbone, MODEL, Project(tmp_path))
    assert caught.value.exit_code == Exit.ENVIRONMENT


def test_an_architecture_that_timm_has_no_weights_of_is_refused(tmp_path: Path) -> None:
    model = Timm(architecture="efficientnet_b6")
    with pytest.raises(DlpipeError, match="timm has no pretrained weights of efficientnet_b6") as caught:
        HubWeights().fill(torch.nn.Identity(), model, Project(tmp_path))
    assert caught.value.exit_code == Exit.ENVIRONMENT


def test_a_model_of_ones_own_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DlpipeError, match="'small_cnn' is not of timm"):
        HubWeights().fill(torch.nn.Identity(), SmallCnn(), Project(tmp_path))


def test_the_fingerprint_names_architecture_and_release(tmp_path: Path) -> None:
    import timm

    assert HubWeights().fingerprint(MODEL, Project(tmp_path)) == f"{MODEL.architecture} timm {timm.__version__}"
