"""A real server on a free loopback port, over a predictor that answers by the picture's first byte."""

from __future__ import annotations

import json
import socket
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from dlpipe.predictor import Answer, Refused
from dlpipe.serve.app import Service
from dlpipe.serve.guard import Rules
from dlpipe.serve.limits import Limits
from dlpipe.serve.server import listening, make_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from dlpipe.decision import GroupRules

LOOPBACK = Rules(frozenset({"localhost", "127.0.0.1", "::1"}), any_address=False, token=None)


@dataclass
class FakePredictor:
    digest: str = "ab" * 32
    seconds: float = 0.0
    seen: list[bytes] = field(default_factory=list[bytes])
    fails: bool = False
    group_rules: GroupRules | None = None
    groups: Sequence[str] | None = None

    def predict(self, contents: Sequence[bytes], groups: Sequence[str] | None = None) -> list[Answer | Refused]:
        self.seen += contents
        self.groups = groups
        time.sleep(self.seconds)
        if self.fails:
            raise RuntimeError("planted")
        return [self._one(content) for content in contents]

    def _one(self, content: bytes) -> Answer | Refused:
        if not content.startswith(b"P"):
            return Refused("not_an_image", "these bytes are no picture")
        label = f"class {len(content)}"
        return Answer(label, 0.75, {label: 0.75, "other": 0.25}, group=self.groups[0] if self.groups else None)


@dataclass
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Running:
    """A server and the plainest of clients, which may send whatever bytes it likes."""

    port: int
    predictor: FakePredictor
    server: Any

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=10)

    def raw(self, sent: bytes) -> Reply:
        with self.connect() as connection:
            connection.sendall(sent)
            return reply(connection)

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> Reply:
        named = {"Host": f"127.0.0.1:{self.port}", "Content-Length": str(len(body)), "Connection": "close"}
        named |= {name.replace("_", "-"): value for name, value in headers.items()}
        lines = "".join(f"{name}: {value}\r\n" for name, value in named.items())
        return self.raw(f"{method} {path} HTTP/1.1\r\n{lines}\r\n".encode() + body)


def reply(connection: socket.socket) -> Reply:
    """One answer, read to the end of its body."""
    received = b""
    while b"\r\n\r\n" not in received:
        block = connection.recv(65536)
        if not block:
            raise ConnectionError(f"closed after {received!r}")
        received += block
    head, _, body = received.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    while len(body) < int(headers.get("content-length", 0)):
        body += connection.recv(65536)
    return Reply(int(first.split()[1]), headers, body)


@contextmanager
def running(rules: Rules = LOOPBACK, limits: Limits | None = None, **wishes: Any) -> Iterator[Running]:
    predictor = FakePredictor(**wishes)
    bound = listening("127.0.0.1", 0)
    server = make_server(Service("demo", "3", predictor, rules, limits or Limits()))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True)
    thread.start()
    port = bound.getsockname()[1]
    while not server.started:
        time.sleep(0.005)
    try:
        yield Running(port, predictor, server)
    finally:
        server.should_exit = True
        thread.join(10)
        bound.close()
        assert not thread.is_alive()


@pytest.fixture
def start() -> Iterator[Callable[..., Running]]:
    """`start(rules=…, limits=…, seconds=…)` starts a server that ends with the test."""
    from contextlib import ExitStack

    with ExitStack() as stack:
        yield lambda *arguments, **wishes: stack.enter_context(running(*arguments, **wishes))
