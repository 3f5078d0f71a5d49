"""One shape for every refusal."""

from __future__ import annotations

import json

from dlpipe.serve.answers import refusal


def test_a_refusal_is_json_with_a_word_and_a_sentence():
    answer = refusal(413, "too_large", "a picture may have up to 3 bytes")
    assert answer.status_code == 413
    assert json.loads(bytes(answer.body)) == {"reason": "too_large", "error": "a picture may have up to 3 bytes"}
    assert "connection" not in answer.headers
    assert "retry-after" not in answer.headers


def test_it_may_end_the_connection_and_name_a_time():
    answer = refusal(503, "busy", "try again", close=True, retry_seconds=2)
    assert answer.headers["connection"] == "close"
    assert answer.headers["retry-after"] == "2"
