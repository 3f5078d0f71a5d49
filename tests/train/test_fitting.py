from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest
import torch
from safetensors.torch import load_file

from dlpipe.core import files
from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.say import Level, say
from dlpipe.core.stage import Inputs
from dlpipe.train import fitting
from dlpipe.train.stage import run
from dlpipe.train.supervision import Supervision
from tests.train.conftest import FakeRun
from tests.train.killing import KilledError, kill_after_save
from tests.trainable import config_of

Train = Callable[..., Path]
pytestmark = pytest.mark.usefixtures("runs")

STANDS_STILL = {"epochs": 1, "learning_rate": 1e-9, "batch_norm": "keep"}


def weights_of(out: Path) -> dict[str, torch.Tensor]:
    return load_file(out / "weights.safetensors")


def bytes_of(out: Path) -> bytes:
    return (out / "weights.safetensors").read_bytes()


def test_what_it_starts_with_is_said(trained: Train, capsys: pytest.CaptureFixture[str]) -> None:
    trained("out", epochs=1)
    (said,) = [line for line in capsys.readouterr().err.splitlines() if "parameters" in line]
    assert said.startswith("  small_cnn, 0.0 M parameters, 24 training and 12 validation samples, ")


def test_a_training_that_goes_on_says_from_where(
    trained: Train, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with monkeypatch.context() as patch:
        kill_after_save(patch, 2)
        with pytest.raises(KilledError):
            trained("out")
    assert "going on" not in capsys.readouterr().err
    trained("out")
    said = capsys.readouterr().err
    assert "going on from step 6 of a training that was stopped" in said
    assert [line.split()[1] for line in said.splitlines() if line.startswith("  epoch ")] == ["3/3"]


def test_the_seed_decides(inputs: Inputs, tmp_path: Path) -> None:
    made: list[bytes] = []
    for seed in (1, 1, 2):
        dataset = inputs.dataset.model_copy(update={"seed": seed})
        summary = run(config_of(epochs=1), replace(inputs, dataset=dataset), tmp_path)
        assert summary.spent is not None
        files.remove(summary.spent)
        made.append(bytes_of(tmp_path))
    assert made[0] == made[1] != made[2]


def test_a_linear_probe_is_epoch_0_and_counts(trained: Train, runs: list[FakeRun]) -> None:
    out = trained("out", head_start="linear_probe", epochs=1, learning_rate=1e-9)
    history = pl.read_csv(out / "history.csv")
    assert history["epoch"].to_list() == [0, 1]
    assert history["val/auroc"][0] == 1.0
    assert runs[0].steps[0] == 0


def test_training_never_makes_a_model_worse(trained: Train, runs: list[FakeRun]) -> None:
    """The linear probe ranks all validation samples rightly, so that no epoch can be better."""
    spoilt = trained("spoilt", head_start="linear_probe", epochs=1, learning_rate=100.0, warmup_share=0)
    assert runs[0].told[-1]["best/epoch"] == 0
    assert bytes_of(spoilt) == bytes_of(trained("kept", head_start="linear_probe", **STANDS_STILL))


def test_it_starts_from_the_weights_that_are_asked_for(trained: Train, inputs: Inputs) -> None:
    first = trained("first")
    kept = inputs.project.root / "earlier.safetensors"
    kept.write_bytes(bytes_of(first))
    tuned = trained("tuned", weights={"name": "file", "path": "earlier.safetensors"}, **STANDS_STILL)
    before, after = weights_of(first), weights_of(tuned)
    backbone = [name for name in before if name.startswith("backbone.")]
    assert backbone
    assert all(torch.allclose(before[name], after[name], atol=1e-6) for name in backbone)
    assert pl.read_csv(tuned / "history.csv")["epoch"].to_list() == [0, 1], "weights from elsewhere start with a probe"


def test_frozen_layers_stay(trained: Train) -> None:
    few = weights_of(trained("few", epochs=1, frozen_share=0.5))
    more = weights_of(trained("more", epochs=2, frozen_share=0.5, monitor="val/loss"))
    first = [name for name in few if name.startswith(("backbone.net.0.", "backbone.net.1."))]
    assert first
    assert all(torch.equal(few[name], more[name]) for name in first)
    assert not torch.equal(few["head.weight"], more["head.weight"])


@pytest.mark.parametrize(
    "settings",
    (
        {"num_workers": 1},
        {"cache": "none"},
        {"cache": "none", "num_workers": 2},
    ),
    ids=lambda settings: ",".join(f"{name}={value}" for name, value in settings.items()),
)
def test_how_batches_are_prepared_does_not_matter(trained: Train, settings: dict[str, Any]) -> None:
    assert bytes_of(trained("plain", epochs=1)) == bytes_of(trained("other", epochs=1, **settings))


@pytest.mark.parametrize(
    ("cache", "fits", "is_kept"),
    (("auto", True, True), ("auto", False, False), ("none", True, False), ("memory", False, True)),
)
def test_samples_are_kept_in_memory_where_they_fit_or_as_asked(
    trained: Train,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    cache: str,
    fits: bool,
    is_kept: bool,
) -> None:
    monkeypatch.setattr(fitting, "fit_in_memory", lambda *_: fits)
    say.level = Level.VERBOSE
    trained("out", epochs=1, cache=cache, num_workers=0)
    assert ("Decoding training samples: 24" in capsys.readouterr().err) is is_kept


def test_pictures_are_changed_at_random_unless_asked_not_to(trained: Train) -> None:
    made = [
        bytes_of(trained(name, epochs=1, augment=augment))
        for name, augment in (("default", None), ("none", {}), ("flip", {"HorizontalFlip": {"p": 1.0}}))
    ]
    assert len(set(made)) == 3


@pytest.mark.parametrize("asked", (None, {}))
def test_samples_that_are_no_images_are_not_changed(asked: dict[str, Any] | None) -> None:
    assert fitting._augmenter(task_of_vectors(asked)) is None


def test_changes_of_images_are_refused_for_other_samples() -> None:
    with pytest.raises(DlpipeError, match="holds transforms of images, but vector samples are no images") as refused:
        fitting._augmenter(task_of_vectors({"HorizontalFlip": {}}))
    assert refused.value.exit_code == Exit.INPUT


def task_of_vectors(augment: dict[str, Any] | None) -> Any:
    """A training on what dlpipe itself does not know yet."""
    dataset = SimpleNamespace(modality=SimpleNamespace(name="vector", layout="vector"), seed=0)
    return SimpleNamespace(config=config_of(augment=augment), inputs=SimpleNamespace(dataset=dataset))


def test_a_loss_that_is_no_number_stops_at_once(
    trained: Train, inputs: Inputs, monkeypatch: pytest.MonkeyPatch
) -> None:
    losses = Supervision._losses

    def poisoned(self: Supervision, outputs: torch.Tensor, batch: Any) -> torch.Tensor:
        return losses(self, outputs, batch) * (float("nan") if self.trainer.global_step == 4 else 1.0)

    monkeypatch.setattr(Supervision, "_losses", poisoned)
    with pytest.raises(DlpipeError, match=r"step 5 \(batch 2 of epoch 2\)") as caught:
        trained("out")
    assert caught.value.exit_code == Exit.NO
    assert "circles/" in caught.value.problem or "stripes/" in caught.value.problem
    (folder,) = (inputs.project.local / "checkpoints" / "demo").iterdir()
    assert "lower train.learning_rate (0.0003)" in caught.value.fix
    assert str(folder) in caught.value.fix
    (kept,) = folder.glob("step-*.ckpt")
    state = torch.load(kept, weights_only=True)
    assert all(bool(torch.isfinite(value).all()) for value in state["state_dict"].values())
