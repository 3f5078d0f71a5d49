from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings

from dlpipe.clean.codec import decoded, encoded
from tests.clean.encodable import EVIDENCE, same


@settings(deadline=None)
@given(EVIDENCE)
def test_evidence_comes_back_from_json_as_it_was(value: Any) -> None:
    assert same(decoded(json.loads(json.dumps(encoded(value)))), value)


def test_evidence_of_another_type_is_a_bug_of_its_check() -> None:
    with pytest.raises(TypeError, match="evidence must be numbers"):
        encoded([object()])
