"""What every modality must be true to, so that a new one is tested before it has a test of its own."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlpipe.core.plugin import described, find, make, names, restored, summary
from dlpipe.modalities import Modality, UnreadableError

MODALITIES = names(Modality)
LAYOUTS = {"image": 3, "series": 2, "sequence": 1, "vector": 1}


def test_there_are_some():
    assert "image" in MODALITIES


@pytest.mark.parametrize("name", MODALITIES)
def test_it_says_what_it_is_and_what_its_settings_mean(name: str):
    modality = find(Modality, name)
    assert summary(modality).endswith(".")
    assert all(field.description for field in modality.model_fields.values())
    assert modality.__name__.lower() == name.replace("_", "")
    assert not inspect.isabstract(modality)
    assert all(suffix.startswith(".") and suffix.islower() for suffix in modality.suffixes)
    assert modality.noun


@pytest.mark.parametrize("name", MODALITIES)
def test_its_shape_is_of_its_layout(name: str):
    modality = make(Modality, name, {})
    assert len(modality.example_shape) == LAYOUTS[modality.layout]


@pytest.mark.parametrize("name", MODALITIES)
def test_settings_survive_json(name: str):
    modality = make(Modality, name, {})
    assert restored(Modality, described(modality)) == modality


@pytest.mark.parametrize("name", MODALITIES)
@settings(max_examples=40, deadline=2000)
@given(st.binary(max_size=200))
def test_bytes_that_mean_nothing_have_a_reason(name: str, content: bytes):
    modality = make(Modality, name, {})
    try:
        value, facts = modality.decode(content)
    except UnreadableError as error:
        assert error.reason.isidentifier()  # noqa: PT017 - a text modality may read any bytes
        assert error.detail  # noqa: PT017
    else:
        assert isinstance(value, np.ndarray)
        assert facts["num_bytes"] == len(content)
        assert modality.encode(value).shape == modality.example_shape


@pytest.mark.parametrize("name", MODALITIES)
def test_its_module_is_light(name: str):
    heavy = "{'torch', 'cv2', 'PIL', 'albumentations', 'sklearn'}"
    code = f"import sys, dlpipe.modalities.{name}; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", MODALITIES)
@settings(max_examples=40, deadline=2000)
@given(st.binary(max_size=200))
def test_a_glance_says_what_decoding_says(name: str, content: bytes):
    modality = make(Modality, name, {})
    try:
        _, facts = modality.decode(content)
    except UnreadableError as error:
        with pytest.raises(UnreadableError, match=re.escape(str(error))):
            modality.glance(content, 1)
    else:
        assert modality.glance(content, 1)[1] == facts
