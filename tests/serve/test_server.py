"""Start and end of the process: ports, signals, the token, the missing extra."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.serve import server as serving
from tests.serve.conftest import reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.serve.conftest import Running

REPOSITORY = Path(__file__).resolve().parents[2]

PROGRAM = """
import sys
from dlpipe.cli import main
from dlpipe.core.say import say
from dlpipe.serve import server
from dlpipe.serve.app import Service
from tests.serve.conftest import LOOPBACK, FakePredictor
def app():
    bound = server.listening("127.0.0.1", 0)
    print(bound.getsockname()[1], flush=True)
    server.run(Service("demo", None, FakePredictor(seconds=float(sys.argv[1])), LOOPBACK), bound)
import types
sys.modules["dlpipe.cli.app"] = types.SimpleNamespace(app=app)
main()
"""


def started(seconds: float = 0.0) -> tuple[subprocess.Popen[str], int]:
    """A process that serves a fake model, ended by signals as `dlpipe serve` is."""
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(seconds)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=REPOSITORY,
    )
    assert process.stdout is not None
    return process, int(process.stdout.readline())


def healthy(port: int) -> None:
    for _ in range(200):
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
                connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
                assert connection.recv(100).startswith(b"HTTP/1.1 200")
                return
        except OSError:
            time.sleep(0.02)
    raise AssertionError("the server did not start")


@pytest.mark.parametrize(("number", "code"), ((signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGHUP, 143)))
def test_a_signal_ends_it_within_seconds(number: signal.Signals, code: int):
    process, port = started()
    healthy(port)
    begun = time.monotonic()
    process.send_signal(number)
    _, said = process.communicate(timeout=10)
    assert process.returncode == code
    assert time.monotonic() - begun < 5
    assert "Traceback" not in said


def test_a_request_in_the_model_gets_its_answer_before_the_end():
    process, port = started(seconds=1)
    healthy(port)
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nPNG")
        time.sleep(0.3)
        process.send_signal(signal.SIGTERM)
        assert connection.recv(1000).startswith(b"HTTP/1.1 200")
    process.communicate(timeout=10)
    assert process.returncode == 143


def test_a_half_sent_request_does_not_hold_up_the_end():
    process, port = started()
    healthy(port)
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3000\r\n\r\nPNG")
        time.sleep(0.2)
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=10)
        assert connection.recv(1000).startswith(b"HTTP/1.1 503")
    assert process.returncode == 143
    assert "Traceback" not in said


def test_a_taken_port_is_one_sentence():
    with serving.listening("127.0.0.1", 0) as bound:
        port = bound.getsockname()[1]
        with pytest.raises(DlpipeError, match=f"cannot listen on 127.0.0.1:{port}: ") as caught:
            serving.listening("127.0.0.1", port)
    assert caught.value.exit_code == Exit.ENVIRONMENT


def test_an_address_that_is_not_ours():
    with pytest.raises(DlpipeError, match=r"cannot listen on 192\.0\.2\.1") as caught:
        serving.listening("192.0.2.1", 0)
    assert caught.value.exit_code == Exit.ENVIRONMENT


def test_an_answer_does_not_wait_for_an_acknowledgement(start: Callable[..., Running]):
    """Header and body of an answer are two packets: with Nagle's algorithm each pair takes 40 ms."""
    server = start()
    times: list[float] = []
    with server.connect() as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for _ in range(20):
            begun = time.perf_counter()
            connection.sendall(b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\n")
            connection.sendall(b"PNG")
            assert reply(connection).status == 200
            times.append(time.perf_counter() - begun)
    assert sorted(times)[5] < 0.03


def test_only_loopback_listens_by_default():
    with serving.listening("127.0.0.1", 0) as bound:
        assert bound.getsockname()[0] == "127.0.0.1"


@pytest.mark.parametrize(
    ("host", "is_loopback"),
    (
        ("127.0.0.1", True),
        ("127.1.2.3", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),  # noqa: S104 - nothing is bound
        ("::", False),
        ("10.0.0.1", False),
        ("box", False),
    ),
)
def test_what_counts_as_loopback(host: str, *, is_loopback: bool):
    assert serving._is_loopback(host) is is_loopback


def test_the_missing_extra_is_one_sentence(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(serving, "find_spec", lambda package: None)
    with pytest.raises(DlpipeError, match="starlette and uvicorn") as caught:
        serving.serve("demo")
    assert caught.value.exit_code == Exit.ENVIRONMENT
    assert "dlpipe[serve]" in caught.value.fix
