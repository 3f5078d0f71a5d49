"""Headers that do not end, sockets without number, uploads that nobody wants."""

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


@pytest.mark.parametrize("sent", (b"", b"P", b"POST /predict HTTP/1.1\r\n" + HOST + b"X-Slow: "))
def test_a_header_that_does_not_end_is_cut_at_its_deadline(start: Callable[..., Running], sent: bytes):
    server = start(limits=QUICK)
    with server.connect() as connection:
        connection.sendall(sent)
        assert 0.2 < closed_after(connection) < 1.5


def test_a_header_by_drops_is_cut_at_its_deadline(start: Callable[..., Running]):
    server = start(limits=QUICK)
    with server.connect() as connection:
        started = time.monotonic()
        with pytest.raises(OSError):  # noqa: PT011 - reset or broken pipe
            for _ in range(100):
                connection.sendall(b"G")
                time.sleep(0.05)
        assert time.monotonic() - started < 1.5


def test_second_request_of_a_connection_has_a_deadline_too(start: Callable[..., Running]):
    server = start(limits=QUICK)
    with server.connect() as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n")
        assert reply(connection).status == 200
        connection.sendall(b"GET /healthz HT")
        assert 0.2 < closed_after(connection) < 1.5


def test_a_refused_upload_that_goes_on_is_cut(start: Callable[..., Running]):
    server = start(limits=QUICK)
    with server.connect() as connection:
        connection.sendall(b"POST /predict HTTP/1.1\r\n" + HOST + b"Content-Length: 100000000\r\n\r\n")
        assert reply(connection).status == 413
        started = time.monotonic()
        with pytest.raises(OSError):  # noqa: PT011 - reset or broken pipe
            while time.monotonic() - started < 5:
                connection.sendall(b"P" * 1000)
                time.sleep(0.01)
        assert time.monotonic() - started < 2


def test_sockets_beyond_the_cap_are_503_and_health_answers(start: Callable[..., Running]):
    server = start(limits=Limits(connections=20, header_seconds=1))
    idle = [server.connect() for _ in range(20)]
    with server.connect() as connection:
        assert reply(connection).status == 503
    for connection in idle:
        connection.close()
    time.sleep(0.2)
    assert server.ask("GET", "/healthz").status == 200
