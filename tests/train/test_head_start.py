from __future__ import annotations

import numpy as np
import polars as pl
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import nn

from dlpipe.core.errors import DlpipeError
from dlpipe.network import Network
from dlpipe.train import head_start
from dlpipe.train.batches import SplitDataset
from dlpipe.train.head_start import Seen, fitted_each, linear_probe
from dlpipe.train.samples import Samples

CPU = torch.device("cpu")
RANDOM = np.random.default_rng(0)
VECTORS = RANDOM.normal(5, 3, (300, 6)).astype(np.float32)
VECTORS[:, 5] = 7  # says nothing


class Unchanged(nn.Module):
    """A backbone that gives what it gets."""

    num_features = 6

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        return inputs


def part(classes: int, start: int, stop: int) -> SplitDataset:
    noisy = VECTORS[:, :classes] + RANDOM.normal(0, 2, (300, classes))
    targets = noisy.argmax(1)[start:stop]
    ids = [str(number) for number in range(start, stop)]
    ones = np.ones(len(ids), dtype=np.float32)
    samples = Samples(pl.DataFrame({"id": ids}), ids, targets, ones, ones, ones, np.zeros(len(ids), dtype=np.int64))
    return SplitDataset(samples, VECTORS[start:stop], None, is_image=False)


def network(classes: int) -> Network:
    return Network(Unchanged(), nn.Linear(6, classes))


@pytest.mark.parametrize("classes", (2, 3))
def test_the_head_is_logistic_regression_on_standardised_features(
    classes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(head_start, "_STRENGTHS", (0.05,))
    train, val, net = part(classes, 0, 200), part(classes, 200, 300), network(classes)
    values = linear_probe(net, train, val, CPU)
    theirs = make_pipeline(StandardScaler(), LogisticRegression(C=0.05, max_iter=1000))
    theirs.fit(VECTORS[:200], train.plain(np.arange(200)).targets.numpy())
    inputs = torch.from_numpy(VECTORS[200:])
    ours = net(inputs)[0].softmax(1).detach().numpy()
    assert ours == pytest.approx(theirs.predict_proba(VECTORS[200:]), abs=2e-3)
    assert values["val/accuracy"] == pytest.approx((ours.argmax(1) == val.plain(np.arange(100)).targets.numpy()).mean())
    assert ("val/auroc" in values) is (classes == 2)


def test_validation_samples_choose_the_penalty() -> None:
    train, val = part(2, 0, 200), part(2, 200, 300)
    chosen = linear_probe(network(2), train, val, CPU)["val/loss"]
    for strength in head_start._STRENGTHS:
        seen = head_start._see(network(2), train, CPU, "", 200)
        weight, bias = head_start._fitted(seen, strength, 2)
        values = head_start.measured(VECTORS[200:] @ weight.T + bias, val.plain(np.arange(100)).targets.numpy())
        assert chosen <= values["val/loss"] + 1e-9


def test_a_large_training_set_is_thinned_evenly() -> None:
    wanted = head_start._spread(1000, 10)
    assert wanted.sum() == 10
    assert np.diff(np.flatnonzero(wanted)).min() > 100
    assert head_start._spread(5, 10).all()


def test_a_last_layer_that_is_not_linear_is_refused() -> None:
    net = Network(Unchanged(), nn.Sequential(nn.Linear(6, 2)))
    with pytest.raises(DlpipeError, match="last layer is linear"):
        linear_probe(net, part(2, 0, 20), part(2, 20, 40), CPU)


def test_of_several_labels_each_class_has_a_regression_of_its_own() -> None:
    targets = (VECTORS[:200, :3] > np.array([5.0, 7.0, 1e9])).astype(np.int64)
    targets[:, 2] = 0
    ones = np.ones(200, dtype=np.float32)
    weight, bias = fitted_each(Seen(VECTORS[:200], targets, ones), 0.05, 3)
    inputs = VECTORS[200:].astype(np.float64)
    ours = 1 / (1 + np.exp(-(inputs @ weight.T + bias)))
    for place in (0, 1):
        theirs = make_pipeline(StandardScaler(), LogisticRegression(C=0.05, max_iter=1000))
        theirs.fit(VECTORS[:200], targets[:, place])
        assert ours[:, place] == pytest.approx(theirs.predict_proba(VECTORS[200:])[:, 1], abs=2e-3)
    assert ours[:, 2] == pytest.approx(1 / 202)  # one imagined sample of each kind
