from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sklearn.metrics import balanced_accuracy_score, f1_score, recall_score

from dlpipe.operating_point import Costs, choose_threshold

MEASURES = {"balanced_accuracy": balanced_accuracy_score, "f1": f1_score}

cases = st.lists(st.tuples(st.floats(0, 1).map(lambda value: round(value, 3)), st.booleans()), min_size=2, max_size=15)


def arrays(case: list[tuple[float, bool]]) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities and labels with both classes in them."""
    probabilities, labels = zip(*case, strict=True)
    return np.array([*probabilities, 0.4, 0.6]), np.array([*labels, True, False])


def every_call(probabilities: np.ndarray) -> list[np.ndarray]:
    """What any threshold up to 1 can call positive: a probability of 1 always is."""
    return [probabilities >= threshold for threshold in (*np.unique(probabilities), 1.0)]


@pytest.mark.parametrize("aim", ("balanced_accuracy", "f1"))
@settings(deadline=None, max_examples=25)
@given(case=cases)
def test_no_threshold_does_better(aim: str, case: list[tuple[float, bool]]) -> None:
    probabilities, labels = arrays(case)
    measure = MEASURES[aim]
    chosen = choose_threshold(probabilities, labels, aim, None)  # type: ignore[arg-type]
    reached = measure(labels, probabilities >= chosen)
    best = max(measure(labels, called) for called in every_call(probabilities))
    assert reached >= best - 1e-9


@settings(deadline=None, max_examples=25)
@given(case=cases, at_least=st.floats(0.01, 1))
def test_the_recall_is_reached_with_the_fewest_false_alarms(case: list[tuple[float, bool]], at_least: float) -> None:
    probabilities, labels = arrays(case)
    chosen = choose_threshold(probabilities, labels, "recall", at_least)
    called = probabilities >= chosen
    assert recall_score(labels, called) >= at_least
    reach = [other for other in every_call(probabilities) if recall_score(labels, other) >= at_least]
    fewest = min(other[~labels].sum() for other in reach)
    assert called[~labels].sum() <= fewest


def test_of_equally_good_ones_it_takes_that_nearest_to_one_half() -> None:
    probabilities, labels = np.array([0.1, 0.2, 0.8, 0.9]), np.array([False, False, True, True])
    assert choose_threshold(probabilities, labels, "balanced_accuracy", None) == 0.5
    assert choose_threshold(probabilities / 2, labels, "balanced_accuracy", None) == 0.25


def test_it_is_stored_in_six_digits_and_still_right() -> None:
    probabilities, labels = np.array([1e-9, 2e-9, 0.9999999, 1.0]), np.array([False, False, True, True])
    chosen = choose_threshold(probabilities, labels, "f1", None)
    assert chosen == round(chosen, 6)
    np.testing.assert_array_equal(probabilities >= chosen, labels)


@settings(deadline=None, max_examples=25)
@example(case=[(0.0, False), (1.0, False)], missed=1.0)
@given(case=cases, missed=st.floats(0.1, 20))
def test_no_threshold_costs_less(case: list[tuple[float, bool]], missed: float) -> None:
    probabilities, labels = arrays(case)

    def cost(called: np.ndarray) -> float:
        return missed * np.sum(labels & ~called) + np.sum(called & ~labels)

    chosen = choose_threshold(probabilities, labels, "cost", costs=Costs(missed=missed, false_alarm=1))
    assert cost(probabilities >= chosen) <= min(cost(called) for called in every_call(probabilities)) + 1e-9


def test_dear_misses_lower_the_threshold() -> None:
    random = np.random.default_rng(0)
    probabilities = random.random(4000)
    labels = random.random(4000) < probabilities
    found = [
        choose_threshold(probabilities, labels, "cost", costs=Costs(missed=cost, false_alarm=1)) for cost in (1, 4)
    ]
    assert found == pytest.approx([0.5, 0.2], abs=0.08)  # false_alarm / (false_alarm + missed), for true probabilities


def test_the_best_f1_where_all_are_positive_calls_all_positive() -> None:
    probabilities = np.array([0.2, 0.7])
    assert (probabilities >= choose_threshold(probabilities, np.array([True, True]), "f1")).all()
