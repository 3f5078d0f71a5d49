from __future__ import annotations

import pytest
import requests

from dlpipe.core.errors import DlpipeError
from dlpipe.tracking.feeder import reason
from tests.tracking.servers import nobody, stub


def _failure(address, retries=0):
    session = requests.Session()
    session.mount("http://", requests.adapters.HTTPAdapter(max_retries=retries))
    with pytest.raises(requests.RequestException) as failed:
        session.get(address, timeout=0.3)
    return failed.value


def test_a_person_reads_why_a_server_does_not_answer():
    assert reason(_failure(nobody())).endswith("Connection refused")
    with stub(status=503) as failing:
        retries = requests.adapters.Retry(1, status_forcelist=[503], backoff_factor=0)
        assert reason(_failure(failing, retries)) == "no answer: too many 503 error responses"


def test_long_and_empty_reasons_stay_readable():
    assert reason(ValueError()) == "ValueError"
    assert len(reason(ValueError("x" * 1000))) == 240
    assert reason(DlpipeError("a", "b")) == "a; b"
    assert reason(ValueError("locked\n[SQL: select 1]")) == "locked"
