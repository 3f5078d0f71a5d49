from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dlpipe.core.project import Project
from dlpipe.core.stage import STAGES, Inputs
from dlpipe.dataset import Dataset
from dlpipe.embed import backbone
from dlpipe.embed.backbone import cached_backbone
from dlpipe.models.small_cnn import SmallCnn
from dlpipe.weights.random import RandomWeights

MODEL = SmallCnn(width=4, depth=1)


def inputs_of(root: Path, *, size_px: int = 32, seed: int = 0) -> Inputs:
    dataset = {"modality": {"name": "image", "size_px": size_px}, "task": {"name": "classification"}, "seed": seed}
    return Inputs(STAGES["embed"], "demo", Project(root), Dataset.model_validate(dataset), root)


@pytest.fixture
def exports(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Counts exports instead of making them."""
    made: list[Any] = []

    def export(*_: object) -> bytes:
        made.append(1)
        return b"graph"

    monkeypatch.setattr(backbone, "_exported", export)
    return made


def test_it_is_exported_once(tmp_path: Path, exports: list[Any]) -> None:
    first = cached_backbone(MODEL, RandomWeights(), inputs_of(tmp_path))
    again = cached_backbone(MODEL, RandomWeights(), inputs_of(tmp_path))
    assert first == again
    assert first.is_relative_to(tmp_path / ".dlpipe" / "cache" / "embed")
    assert first.read_bytes() == b"graph"
    assert len(exports) == 1


@pytest.mark.parametrize(
    ("model", "wish"),
    ((MODEL, {"size_px": 48}), (MODEL, {"seed": 1}), (SmallCnn(width=8, depth=1), {})),
    ids=("size", "seed", "model"),
)
def test_another_size_seed_or_model_is_another_backbone(
    model: SmallCnn, wish: dict[str, int], tmp_path: Path, exports: list[Any]
) -> None:
    cached_backbone(MODEL, RandomWeights(), inputs_of(tmp_path))
    cached_backbone(model, RandomWeights(), inputs_of(tmp_path, **wish))
    assert len(exports) == 2


def test_random_weights_follow_from_the_seed_and_leave_the_process_as_it_was(tmp_path: Path) -> None:
    import torch

    state = torch.random.get_rng_state()
    written = [
        cached_backbone(MODEL, RandomWeights(), inputs_of(tmp_path / name)).read_bytes() for name in ("one", "two")
    ]
    assert written[0] == written[1]
    assert torch.equal(torch.random.get_rng_state(), state)
