from __future__ import annotations

import json
from typing import Any

import numpy as np
import polars as pl
import pytest
from fairlearn.metrics import equalized_odds_difference
from fairlearn.postprocessing import ThresholdOptimizer
from pydantic import ValidationError

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.decision import KEY, GroupRules
from dlpipe.export.as_they_are import AsTheyAre
from dlpipe.export.group_thresholds import cost, fit, groups_of, plain
from dlpipe.export.stage import Config
from dlpipe.operating_point import choose_threshold

CONSTRAINTS = {
    "equalized_odds": "equalized_odds",
    "equal_opportunity": "true_positive_rate_parity",
    "demographic_parity": "demographic_parity",
    "false_positive_rate_parity": "false_positive_rate_parity",
}


def config(**wanted: Any) -> Config:
    return Config.model_validate({"group_thresholds": {"by": "kind", **wanted}})


def drawn(count: int, seed: int = 0) -> tuple[Any, Any, Any]:
    """Probabilities that tell the groups' labels apart unequally well."""
    random = np.random.default_rng(seed)
    groups = random.choice(["mono", "poly", "thin"], count, p=[0.5, 0.3, 0.2])
    is_positive = random.random(count) < np.where(groups == "mono", 0.3, 0.5)
    help_ = np.select([groups == "mono", groups == "poly"], [2.5, 1.0], 1.6)
    logits = random.normal(size=count) + help_ * is_positive - 1 + 0.5 * (groups == "thin")
    return 1 / (1 + np.exp(-logits)), is_positive, groups


@pytest.mark.parametrize("objective", ("balanced_accuracy", "accuracy"))
@pytest.mark.parametrize("constraint", CONSTRAINTS)
def test_rules_are_fairlearns_on_the_same_data(constraint: str, objective: str) -> None:
    probabilities, is_positive, groups = drawn(600)
    probabilities = probabilities.round(6)
    theirs = ThresholdOptimizer(
        estimator=AsTheyAre(),
        constraints=CONSTRAINTS[constraint],
        objective=f"{objective}_score",
        prefit=True,
        predict_method="predict",
    )
    theirs.fit(probabilities[:, None], is_positive.astype(int), sensitive_features=groups)
    wanted = config(constraint=constraint, objective=objective)
    ours = fit(probabilities, is_positive, groups, wanted)
    again = GroupRules.of(json.loads(json.dumps({KEY: plain(ours, wanted.group_thresholds)})))  # type: ignore[arg-type]
    assert again == ours
    others = drawn(900, seed=1)
    for scores, kinds in ((probabilities, groups), (others[0], others[2])):
        expected = theirs._pmf_predict(scores[:, None], sensitive_features=kinds)[:, 1]
        found = np.zeros(len(scores))
        for kind, rule in ours.rules.items():
            found[kinds == kind] = rule.chances(scores[kinds == kind])
        assert found == pytest.approx(expected, abs=3e-6)


def test_without_a_constraint_each_group_has_the_threshold_of_its_own_aim() -> None:
    probabilities, is_positive, groups = drawn(300)
    probabilities = probabilities.round(6)
    asked = Config.model_validate(
        {"aim": "recall", "at_least": 0.9, "group_thresholds": {"by": "kind", "constraint": "none"}}
    )
    rules = fit(probabilities, is_positive, groups, asked)
    for kind, rule in rules.rules.items():
        inside = groups == kind
        wanted = choose_threshold(probabilities[inside], is_positive[inside], "recall", 0.9)
        assert rule.thresholds == (wanted, wanted)
        assert not rule.is_drawn
        assert rule.chances(probabilities[inside & is_positive]).mean() >= 0.9


def test_answers_drawn_by_content_keep_what_the_rules_promise() -> None:
    probabilities, is_positive, groups = drawn(6000)
    rules = fit(probabilities, is_positive, groups, config())
    draws = np.random.default_rng(3).random(6000)
    plainly = probabilities >= choose_threshold(probabilities, is_positive, "balanced_accuracy")
    fairly = rules.positive(probabilities, groups.tolist(), draws)
    gaps = [equalized_odds_difference(is_positive, said, sensitive_features=groups) for said in (plainly, fairly)]
    assert gaps[0] > 0.25
    assert gaps[1] < 0.06


def test_a_group_of_one_label_is_refused() -> None:
    probabilities, is_positive, groups = drawn(100)
    with pytest.raises(DlpipeError, match="of kind 'thin', all of one label") as caught:
        fit(probabilities, is_positive & (groups != "thin"), groups, config())
    assert caught.value.exit_code == Exit.NO


def test_a_missing_library_is_told_with_what_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dlpipe.export.group_thresholds.find_spec", lambda name: None)
    with pytest.raises(DlpipeError, match="the extra 'fairness' brings") as caught:
        fit(*drawn(100), config())
    assert caught.value.exit_code == Exit.ENVIRONMENT
    assert fit(*drawn(100), config(constraint="none")).rules


def test_the_cost_is_said_in_plain_words() -> None:
    data = drawn(400)
    told = cost(fit(*data, config()), 0.5, *data)
    assert [line.split(":")[0].split(",")[0] for line in told[:2]] == [
        "rules by kind",
        "from now on `dlpipe predict` and `serve` refuse to answer without the value of 'kind' ('mono'",
    ]
    assert "of val's answers are drawn" in told[2]
    assert "samples of one label in kind 'thin': its rule is rough" not in told[0]
    few = drawn(60)
    assert "its rule is rough" in cost(fit(*few, config(constraint="none")), 0.5, *few)[-1]


def test_groups_come_from_an_attribute_and_missing_ones_are_a_group() -> None:
    table = pl.DataFrame({"id": ["1", "2"], "kind": [None, "mono"]})
    assert groups_of(table, "kind").tolist() == ["(missing)", "mono"]
    with pytest.raises(DlpipeError, match="no attribute 'kid'; did you mean 'kind'"):
        groups_of(table, "kid")


def test_an_aim_and_a_constraint_contradict_one_another() -> None:
    with pytest.raises(ValidationError, match="take `aim` out"):
        Config.model_validate({"aim": "f1", "group_thresholds": {"by": "kind"}})
