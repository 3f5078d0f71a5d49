from __future__ import annotations

import subprocess
import sys

import pytest
from pydantic import ValidationError

from dlpipe.train.stage import Config
from tests.trainable import config_of


def test_the_defaults_name_a_network_with_weights() -> None:
    config = Config()
    assert (config.model.name, config.weights.name, config.objective.name) == ("timm", "package", "supervised")


@pytest.mark.parametrize(
    ("settings", "said"),
    (
        ({"monitor": "val/auc"}, "did you mean 'val/auroc'"),
        ({"batch_size": 0}, "greater than or equal to 1"),
        ({"devices": 0}, "greater than or equal to 1"),
        ({"warmup_share": 1}, "less than 1"),
        ({"early_stopping": {"patients": 3}}, "patients"),
        ({"learning_rate": float("nan")}, "learning_rate"),
        ({"epoch": 3}, "epoch"),
    ),
)
def test_a_wrong_setting_is_refused(settings: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        config_of(**settings)


def test_importing_the_stage_is_light() -> None:
    heavy = "('torch', 'pytorch_lightning', 'sklearn', 'albumentations', 'mlflow', 'timm')"
    code = f"import sys, dlpipe.train.stage; dlpipe.train.stage.Config(); sys.exit(any(name in sys.modules for name in {heavy}))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_every_setting_says_what_it_does() -> None:
    assert all(field.description and field.description.endswith(".") for field in Config.model_fields.values())
