"""What a hostile or broken client can do: nothing."""

from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING

import pytest

from dlpipe.serve.limits import Limits
from tests.serve.conftest import reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.serve.conftest import Running

HOST = b"Host: localhost\r\n"
QUICK = Limits(header_seconds=0.3, body_seconds=0.3, linger_seconds=0.3, keep_alive_seconds=1)


def closed_after(connection: socket.socket) -> float:
    """Seconds until the server closes, whatever it says before."""
    started = time.monotonic()
    connection.settimeout(10)
    try:
        while connection.recv(65536):
            pass
    except ConnectionResetError:
        pass
    return time.monotonic() - started


def test_a_slow_body_is_408(start: Callable[..., Running]):
    server = start(limits=QUICK)
    with server.connect() as connection:
        connection.sendall(b"POST /predict HTTP/1.1\r\n" + HOST + b"Content-Length: 1000\r\n\r\nP")
        answer = reply(connection)
        assert answer.status == 408
        assert closed_after(connection) < 1


def test_a_large_claim_is_413_at_once(start: Callable[..., Running]):
    server = start()
    started = time.monotonic()
    answer = server.raw(b"POST /predict HTTP/1.1\r\n" + HOST + b"Content-Length: 100000000\r\n\r\n")
    assert answer.status == 413
    assert time.monotonic() - started < 0.5


def test_a_large_body_without_a_claim_is_413(start: Callable[..., Running]):
    server = start(limits=Limits(body=100_000))
    block = b"8000\r\n" + b"P" * 0x8000 + b"\r\n"
    with server.connect() as connection:
        connection.sendall(b"POST /predict HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n" + block * 4)
        assert reply(connection).status == 413


def test_a_large_body_is_read_by_its_sender_as_413(start: Callable[..., Running]):
    server = start()
    assert server.ask("POST", "/predict", b"P" * 11_000_000, Connection="keep-alive").status == 413
    assert server.predictor.seen == []


@pytest.mark.parametrize(
    "sent",
    (
        b"\r\n\r\n\x00\xff\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\n" + HOST + HOST + b"\r\n",
        b"POST /predict HTTP/1.1\r\n" + HOST + b"Content-Length: -1\r\n\r\n",
        b"POST /predict HTTP/1.1\r\n" + HOST + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nPNG",
        b"POST /predict HTTP/1.1\r\n" + HOST + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /predict HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET /healthz HTTP/1.1\r\n" + HOST + b"X: " + b"y" * 20_000 + b"\r\n\r\n",
        b"GET /healthz HTTP/1.0\r\n\r\n",
    ),
)
def test_broken_http_is_400_and_closed(start: Callable[..., Running], sent: bytes):
    server = start()
    with server.connect() as connection:
        connection.sendall(sent)
        assert reply(connection).status in {400, 431, 501}
    assert server.ask("GET", "/healthz").status == 200


@pytest.mark.parametrize("encoding", ("gzip", "deflate", "br", "identity, gzip"))
def test_a_compressed_body_is_not_unpacked(start: Callable[..., Running], encoding: str):
    assert start().ask("POST", "/predict", b"\x1f\x8b", Content_Encoding=encoding).status == 415


def test_a_client_that_goes_away_leaves_no_trace(start: Callable[..., Running], caplog: pytest.LogCaptureFixture):
    server = start(seconds=0.1)
    for sent in (b"Content-Length: 9\r\n\r\nP", b"Content-Length: 3\r\n\r\nPNG"):
        for _ in range(5):
            with server.connect() as connection:
                connection.sendall(b"POST /predict HTTP/1.1\r\n" + HOST + sent)
    time.sleep(0.5)
    assert server.ask("POST", "/predict", b"PNG").status == 200
    metrics = server.ask("GET", "/metrics").body
    assert b"dlpipe_in_flight 0\n" in metrics
    assert caplog.text == ""


def test_hundreds_of_bad_requests_leave_the_server_well(start: Callable[..., Running]):
    server = start()
    bad = (b"x" * 50, b"", b"GIF")
    for number in range(300):
        answer = server.ask("POST", "/predict", bad[number % 3])
        assert answer.status == 422
    assert server.ask("POST", "/predict", b"PNG").status == 200
