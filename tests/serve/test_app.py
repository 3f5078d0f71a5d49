"""What a well-behaved client sees."""

from __future__ import annotations

import re
import threading
import time
from typing import TYPE_CHECKING

import pytest

from dlpipe.decision import GroupRules, Rule
from dlpipe.serve.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.serve.conftest import Running


def test_picture_gives_label_and_probabilities(start: Callable[..., Running]):
    reply = start().ask("POST", "/predict", b"PNG!")
    assert reply.status == 200
    assert reply.json == {
        "label": "class 4",
        "probability": 0.75,
        "probabilities": {"class 4": 0.75, "other": 0.25},
        "model": {"name": "demo", "digest": "ab" * 32},
    }
    assert re.fullmatch(r"read;dur=[\d.]+, predict;dur=[\d.]+", reply.headers["server-timing"])
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert "server" not in reply.headers
    assert not [name for name in reply.headers if name.startswith("access-control")]


def test_a_model_that_decides_by_group_takes_it_and_refuses_to_do_without(start: Callable[..., Running]):
    rule = Rule((0.5, 0.5), 1.0, 0.0, 0.0)
    server = start(group_rules=GroupRules("cell type", {"mono": rule, "poly crystal": rule}))
    said = "this model decides by 'cell type': give one of 'mono', 'poly crystal' as ?group=VALUE"
    for query in ("", "?group=", "?group=Mono", "?group=mono&group=mono", "?cell%20type=mono"):
        refused = server.ask("POST", f"/predict{query}", b"PNG!")
        assert refused.status == 400
        assert refused.json == {"reason": "group", "error": said}
    assert server.predictor.seen == []
    reply = server.ask("POST", "/predict?group=poly%20crystal", b"PNG!")
    assert (reply.status, reply.json["group"]) == (200, "poly crystal")
    assert server.ask("GET", "/readyz").json["group"] == {"by": "cell type", "values": ["mono", "poly crystal"]}


def test_a_model_that_needs_no_group_is_not_disturbed_by_one(start: Callable[..., Running]):
    reply = start().ask("POST", "/predict?group=mono", b"PNG!")
    assert reply.status == 200
    assert "group" not in reply.json


def test_form_with_one_file_is_the_same_as_its_bytes(start: Callable[..., Running]):
    server = start()
    body = (
        b'--xyz\r\nContent-Disposition: form-data; name="image"; filename="c.png"\r\n'
        b"Content-Type: image/png\r\n\r\nP\r\n\r\nG\r\n--xyz--\r\n"
    )
    reply = server.ask("POST", "/predict", body, Content_Type="multipart/form-data; boundary=xyz")
    assert reply.status == 200
    assert server.predictor.seen == [b"P\r\n\r\nG"]


@pytest.mark.parametrize("body", (b"", b"no picture", b"\x00" * 1000, b'{"instances": []}'))
def test_what_is_no_picture_is_422_with_a_reason(start: Callable[..., Running], body: bytes):
    reply = start().ask("POST", "/predict", body)
    assert reply.status == 422
    assert reply.json == {"reason": "not_an_image", "error": "these bytes are no picture"}


def test_health_and_readiness(start: Callable[..., Running]):
    server = start()
    assert server.ask("GET", "/healthz").json == {"status": "ok"}
    assert server.ask("GET", "/readyz").json == {
        "status": "ready",
        "name": "demo",
        "digest": "ab" * 32,
        "version": "3",
    }


def test_metrics_count_what_happened(start: Callable[..., Running]):
    server = start()
    server.ask("POST", "/predict", b"PNG!")
    server.ask("POST", "/predict", b"not")
    reply = server.ask("GET", "/metrics")
    assert reply.headers["content-type"].startswith("text/plain; version=0.0.4")
    lines = reply.body.decode().splitlines()
    assert 'dlpipe_responses_total{status="200"} 1' in lines
    assert 'dlpipe_responses_total{status="422"} 1' in lines
    assert 'dlpipe_predictions_total{label="class 4"} 1' in lines
    assert "dlpipe_in_flight 0" in lines


@pytest.mark.parametrize(
    ("method", "path", "status"),
    (
        ("GET", "/predict", 405),
        ("PUT", "/predict", 405),
        ("OPTIONS", "/predict", 405),
        ("POST", "/healthz", 405),
        ("GET", "/", 404),
        ("POST", "/predict/", 404),
        ("GET", "/%2e%2e/%2e%2e/etc/passwd", 404),
        ("GET", "//evil.example/predict", 404),
        ("BREW", "/predict", 405),
    ),
)
def test_other_methods_and_paths(start: Callable[..., Running], method: str, path: str, status: int):
    reply = start().ask(method, path)
    assert reply.status == status
    assert reply.json["error"]


def test_more_than_the_cap_in_flight_is_503_with_retry_after(start: Callable[..., Running]):
    server = start(limits=Limits(in_flight=2), seconds=0.5)
    replies = []
    threads = [
        threading.Thread(target=lambda: replies.append(server.ask("POST", "/predict", b"PNG"))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert sorted(reply.status for reply in replies) == [200, 200, *[503] * 6]
    assert {reply.headers.get("retry-after") for reply in replies if reply.status == 503} == {"1"}
    assert server.ask("POST", "/predict", b"PNG").status == 200


def test_every_client_gets_its_own_answer(start: Callable[..., Running]):
    server = start(seconds=0.001)
    wrong: list[object] = []

    def client(size: int) -> None:
        for _ in range(20):
            reply = server.ask("POST", "/predict", b"P" * size)
            if reply.status == 200 and reply.json["label"] != f"class {size}":
                wrong.append(reply.json)

    threads = [threading.Thread(target=client, args=(size,)) for size in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not wrong


def test_a_model_that_hangs_frees_its_client(start: Callable[..., Running]):
    server = start(limits=Limits(answer_seconds=0.2), seconds=1)
    started = time.monotonic()
    assert server.ask("POST", "/predict", b"PNG").status == 503
    assert time.monotonic() - started < 0.9


def test_a_bug_is_500_without_its_traceback(start: Callable[..., Running], caplog: pytest.LogCaptureFixture):
    server = start(fails=True)
    reply = server.ask("POST", "/predict", b"PNG")
    assert reply.status == 500
    assert b"planted" not in reply.body
    assert reply.headers["x-content-type-options"] == "nosniff"
    deadline = time.monotonic() + 5
    while "planted" not in caplog.text and time.monotonic() < deadline:
        time.sleep(0.01)
    assert "planted" in caplog.text
