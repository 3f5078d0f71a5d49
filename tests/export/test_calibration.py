from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlpipe.export.calibration import fit_temperature, smoothed


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
