from __future__ import annotations

import hashlib

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.decision import KEY, GroupRules, Rule, draws_of

DRAWN = Rule((0.3, 0.6), 0.25, 0.2, 0.5)
RULES = GroupRules("kind", {"a": DRAWN, "b": Rule((0.7, 0.7), 1.0, 0.0, 0.0)})


def test_the_chance_is_the_mixture_that_hardt_price_and_srebro_describe() -> None:
    chances = DRAWN.chances(np.array([0.2, 0.3, 0.6]))
    assert chances == pytest.approx([0.2 * 0.5, 0.2 * 0.5 + 0.8 * 0.25, 0.2 * 0.5 + 0.8])
    assert (DRAWN.is_drawn, RULES.rules["b"].is_drawn) == (True, False)


@given(st.integers(0, 1000))
def test_each_group_has_its_own_rule_and_a_lower_draw_never_says_no(seed: int) -> None:
    random = np.random.default_rng(seed)
    probabilities, draws = random.random(40), random.random(40)
    groups = random.choice(["a", "b"], 40).tolist()
    found = RULES.positive(probabilities, groups, draws)
    wanted = [
        draw < RULES.rules[group].chances(np.array([probability]))[0]
        for probability, group, draw in zip(probabilities, groups, draws, strict=True)
    ]
    assert found.tolist() == wanted
    assert (RULES.positive(probabilities, groups, draws / 2) >= found).all()


def test_draws_follow_from_the_content_and_are_even() -> None:
    encoded = np.random.default_rng(0).integers(0, 256, (4000, 3, 4, 4), dtype=np.uint8)
    draws = draws_of(encoded)
    assert draws[7:9].tolist() == draws_of(encoded[7:9]).tolist()
    head = hashlib.sha256(encoded[0].tobytes()).digest()[:8]
    assert draws[0] == pytest.approx(int.from_bytes(head, "big") / 2**64)
    assert draws_of(np.asfortranarray(encoded[:3])).tolist() == draws[:3].tolist()
    counts = np.histogram(draws, bins=10, range=(0, 1))[0]
    assert counts.sum() == 4000
    assert np.abs(counts - 400).max() < 100
    assert draws_of(encoded[:0]).shape == (0,)


def test_a_description_without_rules_has_none() -> None:
    assert GroupRules.of({}) is None
    one = {"thresholds": [0.3, 0.6], "first": 0.25, "ignored": 0.2, "constant": 0.5}
    assert GroupRules.of({KEY: {"by": "kind", "rules": {"a": one}}}) == GroupRules("kind", {"a": DRAWN})


def test_groups_must_be_given_and_known() -> None:
    assert RULES.checked(["a", "b"]) == ["a", "b"]
    with pytest.raises(DlpipeError, match=r"decides by 'kind', and nothing says which of 'a', 'b'"):
        RULES.checked(None)
    with pytest.raises(DlpipeError, match=r"no rule for '\(missing\)'"):
        RULES.checked(["a", None])


def test_a_table_tells_the_groups_or_why_not() -> None:
    assert RULES.of_samples(pl.DataFrame({"id": ["1", "2"], "kind": ["b", "a"]})) == ["b", "a"]
    with pytest.raises(DlpipeError, match="which the samples do not have") as caught:
        RULES.of_samples(pl.DataFrame({"id": ["1"]}))
    assert caught.value.exit_code == Exit.INTEGRITY
    with pytest.raises(DlpipeError, match="no rule for 'c'") as caught:
        RULES.of_samples(pl.DataFrame({"id": ["1"], "kind": ["c"]}))
    assert caught.value.exit_code == Exit.NO
