from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from pydantic import ValidationError

from dlpipe.core import config
from dlpipe.core.errors import DlpipeError
from dlpipe.embed.stage import Config
from dlpipe.models import check_layout
from dlpipe.models import timm as module
from dlpipe.models.timm import Timm
from tests.exported import random_pictures


def test_names_read_from_the_sources_are_those_of_timm() -> None:
    import timm

    assert module.architectures() == set(timm.list_models())


def test_a_valid_name_costs_no_import_of_torch() -> None:
    code = (
        "import sys\nfrom dlpipe.models.timm import Timm\nTimm(architecture='resnet18')\n"
        "assert not {'torch', 'timm'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_misspelt_architecture_is_shown_with_its_line_and_the_nearest_name(tmp_path: Path) -> None:
    path = tmp_path / "solar.yaml"
    path.write_text("embed:\n  model:\n    name: timm\n    architecture: resnet81\n")
    (mistake,) = config.mistakes(config.read(path), "embed", Config)
    assert mistake.startswith(f"{path}:4: embed.model.architecture: timm has no architecture 'resnet81'")
    assert "did you mean 'resnet18'?" in mistake


def test_a_name_unlike_any_other_says_how_to_list_them() -> None:
    with pytest.raises(ValidationError, match=r"timm.list_models"):
        Timm(architecture="??")


def test_an_unknown_tag_is_refused_when_the_network_is_built() -> None:
    model = Timm(architecture="resnet18.no_such_tag")
    with pytest.raises(DlpipeError, match="no_such_tag"):
        model.build((3, 32, 32))


def test_pictures_are_normalised_by_the_architectures_own_mean_and_deviation() -> None:
    torch.manual_seed(0)
    backbone = Timm(architecture="test_efficientnet").build((3, 32, 32)).eval()
    inputs = torch.from_numpy(random_pictures(2))
    mean, std = (torch.tensor(backbone.net.pretrained_cfg[key]).view(3, 1, 1) for key in ("mean", "std"))
    torch.testing.assert_close(backbone(inputs), backbone.net((inputs / 255 - mean) / std), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("shape", ((3, 32, 32), (3, 64, 64), (1, 48, 48)))
def test_a_transformer_takes_other_sizes_and_channels_than_it_was_made_for(shape: tuple[int, int, int]) -> None:
    backbone = Timm(architecture="test_vit").build(shape).eval()
    assert backbone(torch.zeros(2, *shape, dtype=torch.uint8)).shape == (2, backbone.num_features)


def test_the_length_of_features_is_what_comes_out() -> None:
    backbone = Timm(architecture="mobilenetv3_small_050").build((3, 32, 32)).eval()
    assert backbone.num_features == 1024  # timm's own num_features says 288
    assert backbone(torch.zeros(2, 3, 32, 32, dtype=torch.uint8)).shape == (2, 1024)


def test_settings_reach_the_network_and_it_is_left_in_training_mode() -> None:
    backbone = Timm(architecture="test_efficientnet", drop_rate=0.5).build((3, 32, 32))
    assert backbone.training
    assert backbone.net.training
    assert backbone.net.drop_rate == 0.5


def test_a_setting_that_the_architecture_lacks_is_refused() -> None:
    with pytest.raises(DlpipeError, match="drop_path_rate") as caught:
        Timm(architecture="vgg11", drop_path_rate=0.1).build((3, 32, 32))
    assert "try another" in caught.value.fix


def test_a_picture_too_small_for_the_architecture_is_refused() -> None:
    with pytest.raises(DlpipeError, match="3 x 8 x 8"):
        Timm(architecture="test_vit").build((3, 8, 8))


def test_same_seed_same_weights() -> None:
    states = []
    for _ in range(2):
        torch.manual_seed(7)
        states.append(Timm(architecture="test_efficientnet").build((3, 32, 32)).state_dict())
    assert all(torch.equal(states[0][key], states[1][key]) for key in states[0])


def test_a_model_of_another_layout_is_refused() -> None:
    series = SimpleNamespace(name="tones", layout="series")
    with pytest.raises(DlpipeError, match="'timm' takes a layout 'image', 'tones' gives 'series'"):
        check_layout(Timm(architecture="resnet18"), series)  # type: ignore[arg-type]
