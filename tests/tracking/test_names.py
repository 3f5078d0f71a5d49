from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlpipe.tracking.names import cut, flat_params, safe_name, safe_tags


@pytest.mark.parametrize("name", ("train/loss", "test/group/cell type/mono/auroc", "a.b", "x:y", "lr-0", "a_b"))
def test_a_name_that_mlflow_takes_stays(name):
    assert safe_name(name) == name


@pytest.mark.parametrize(
    "name", ("acc@1", "a=b", "(", "50%", "", "..", "../a", "a//b", "/a", "a/", ".", "a/./b", "x" * 300)
)
def test_other_names_become_ones_that_mlflow_takes(name):
    from mlflow.utils.validation import _validate_metric_name, _validate_param_name

    _validate_metric_name(safe_name(name))
    _validate_param_name(safe_name(name))


@given(st.text(max_size=400))
def test_any_text_becomes_a_name(name):
    from mlflow.utils.validation import _validate_metric_name

    _validate_metric_name(safe_name(name))
    assert safe_name(name) == safe_name(name)
    assert len(safe_name(name)) <= 250


@given(st.sets(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12), max_size=30))
def test_different_names_stay_different(names):
    assert len({safe_name(name) for name in names}) == len(names)


def test_settings_become_flat():
    params = {"train": {"model": {"name": "timm"}, "sizes": [1, 2], "empty": {}, "none": None, "on": True}, "seed": 0}

    assert flat_params(params) == {
        "train.model.name": "timm",
        "train.sizes": "[1, 2]",
        "train.empty": "{}",
        "train.none": "null",
        "train.on": "true",
        "seed": "0",
    }


def test_long_and_hostile_values_are_cut_and_cleaned():
    assert cut("abcdef", 4) == "abc…"
    assert len(flat_params({"a": "x" * 7000})["a"]) == 6000
    assert safe_tags({"a\udc80": "b\udc80\0"})[safe_name("a\udc80")] == "b\\udc80"
