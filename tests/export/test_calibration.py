from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlpipe.export.calibration import fit_isotonic, fit_temperature, least_probability, smoothed
from dlpipe.probabilities import calibrated, corrected


def drawn(num: int, num_classes: int, temperature: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Logits whose true probabilities are softmax(logits / temperature), and targets drawn from them."""
    random = np.random.default_rng(seed)
    logits = random.normal(0, 2, (num, num_classes))
    noise = random.gumbel(size=logits.shape)
    return (logits * temperature).astype(np.float32), (logits + noise).argmax(axis=1)


@pytest.mark.parametrize("num_classes", (2, 5))
@pytest.mark.parametrize("temperature", (0.3, 1.0, 3.0))
def test_it_finds_the_temperature_that_made_the_data(num_classes: int, temperature: float) -> None:
    assert fit_temperature(*drawn(20_000, num_classes, temperature)) == pytest.approx(temperature, rel=0.05)


def test_it_is_the_optimum_that_torch_finds() -> None:
    """Guo et al. fit by LBFGS on the negative log likelihood."""
    import torch

    logits, targets = drawn(400, 3, 2.0)
    wanted = torch.tensor(smoothed(targets, 3))
    log_temperature = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.LBFGS([log_temperature], max_iter=100, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        scaled = torch.tensor(logits, dtype=torch.float64) / log_temperature.exp()
        value = torch.nn.functional.cross_entropy(scaled, wanted)
        value.backward()
        return value

    optimiser.step(loss)
    assert fit_temperature(logits, targets) == pytest.approx(log_temperature.exp().item(), rel=1e-4)


@settings(deadline=None, max_examples=25)
@given(st.floats(0.5, 3))
def test_scaling_the_logits_scales_the_temperature(factor: float) -> None:
    logits, targets = drawn(300, 2, 1.0)
    scaled = fit_temperature(logits.astype(np.float64) * factor, targets)
    assert scaled == pytest.approx(fit_temperature(logits, targets) * factor, rel=1e-4)


def test_few_separable_samples_do_not_make_it_infinitely_sure() -> None:
    logits = np.array([[4.0, -4.0], [-4.0, 4.0], [4.0, -4.0], [-4.0, 4.0]])
    temperature = fit_temperature(logits, np.array([0, 1, 0, 1]))
    sure = 1 / (1 + np.exp(-8 / temperature))
    assert sure == pytest.approx(5 / 6, abs=1e-3)  # Platt's (n + 1) / (n + 2) with 4 samples


def test_smoothed_targets_sum_to_one() -> None:
    wanted = smoothed(np.array([0, 2]), 3)
    np.testing.assert_allclose(wanted.sum(axis=1), 1)
    np.testing.assert_allclose(wanted[0], [0.6, 0.2, 0.2])


@pytest.mark.parametrize("num_classes", (2, 4))
def test_isotonic_curves_mend_what_no_temperature_can(num_classes: int) -> None:
    logits, targets = drawn(20_000, num_classes, 1.0)
    bent = calibrated(logits, 1.0) ** np.arange(1, num_classes + 1)  # every class is wrong in its own way
    bent /= bent.sum(axis=1, keepdims=True)
    curves = fit_isotonic(bent[:10_000], targets[:10_000])
    wanted = np.eye(num_classes)[targets[10_000:]]
    mended = corrected(bent[10_000:], curves)
    assert ((mended - wanted) ** 2).mean() < 0.97 * ((bent[10_000:] - wanted) ** 2).mean()
    assert mended.sum(axis=1) == pytest.approx(1)
    assert ((mended > 0) & (mended < 1)).all()


def test_a_curve_is_that_of_scikit_learn() -> None:
    from sklearn.isotonic import isotonic_regression

    logits, targets = drawn(300, 2, 1.0)
    shares = calibrated(logits, 1.0)
    curve = fit_isotonic(shares, targets)[1]
    order = np.argsort(shares[:, 1])
    wanted = isotonic_regression((targets == 1)[order].astype(float), y_min=1 / 302, y_max=301 / 302)
    assert np.interp(shares[order, 1], curve["x"], curve["y"]) == pytest.approx(wanted, abs=2e-3)
    assert np.all(np.diff(curve["x"]) > 0)
    assert np.all(np.diff(curve["y"]) >= 0)


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 1000), n=st.integers(5, 80), coverage=st.sampled_from((0.5, 0.8, 0.9, 0.99)))
def test_sets_hold_the_right_class_on_val_at_least_as_often_as_promised(seed: int, n: int, coverage: float) -> None:
    logits, targets = drawn(n, 3, 1.0, seed)
    shares = calibrated(logits, 1.0)
    least = least_probability(shares, targets, coverage)
    assert np.mean(shares[np.arange(n), targets] >= least) >= coverage
    assert (least == 0) == (np.ceil((n + 1) * coverage) > n) or least == 0


def test_sets_keep_their_promise_on_new_samples() -> None:
    """Over many draws of val, the coverage of new samples is the promised one to half a percent."""
    found = []
    for seed in range(300):
        logits, targets = drawn(1100, 3, 1.0, seed)
        shares = calibrated(logits, 1.0)
        least = least_probability(shares[:100], targets[:100], 0.9)
        found.append(np.mean(shares[np.arange(100, 1100), targets[100:]] >= least))
    assert 0.895 < np.mean(found) < 0.91
