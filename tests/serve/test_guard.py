"""Who may ask: names, origins, tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from starlette.datastructures import Headers

from dlpipe.serve.guard import OPEN, Rules, refuse

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.serve.conftest import Running

TOKEN = "t" * 43
LOOPBACK = Rules(frozenset({"localhost", "127.0.0.1", "::1"}), any_address=False, token=None)
REACHABLE = Rules(frozenset({"localhost", "box"}), any_address=True, token=TOKEN)
PATHS = ("/predict", "/readyz", "/metrics", "/", "/nothing", "/healthz/")


def status(rules: Rules, path: str = "/predict", **headers: str) -> int | None:
    answer = refuse(rules, Headers({name.replace("_", "-"): value for name, value in headers.items()}), path)
    return None if answer is None else answer.status_code


@pytest.mark.parametrize("host", ("localhost", "LOCALHOST:80", "127.0.0.1", "127.0.0.1:8000", "[::1]:8000", "[::1]"))
def test_known_hosts_pass(host: str):
    assert status(LOOPBACK, host=host) is None


@pytest.mark.parametrize(
    "host",
    ("evil.example", "evil.example:8000", "localhost.evil.example", "127.0.0.1.nip.io", "", ":", "[", "10.0.0.1"),
)
def test_other_hosts_are_refused(host: str):
    assert status(LOOPBACK, host=host) == 400


def test_an_address_passes_where_the_server_is_reachable():
    key = {"x_api_key": TOKEN}
    assert status(REACHABLE, host="10.1.2.3:8000", **key) is None
    assert status(REACHABLE, host="[fe80::1]:8000", **key) is None
    assert status(REACHABLE, host="box:8000", **key) is None
    assert status(REACHABLE, host="evil.example", **key) == 400


@pytest.mark.parametrize(
    "origin", ("https://evil.example", "null", "file://", "http://127.0.0.1.evil.example", "http://[")
)
def test_pages_of_other_origins_are_refused(origin: str):
    assert status(LOOPBACK, host="127.0.0.1:8000", origin=origin) == 403


def test_own_origin_passes():
    assert status(LOOPBACK, host="127.0.0.1:8000", origin="http://127.0.0.1:8000") is None


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "given",
    (
        {},
        {"x_api_key": ""},
        {"x_api_key": TOKEN[:-1]},
        {"x_api_key": TOKEN + "x"},
        {"x_api_key": "ü" * 43},
        {"authorization": f"Basic {TOKEN}"},
        {"authorization": "Bearer"},
        {"authorization": "Bearer wrong", "x_api_key": TOKEN},
    ),
)
def test_no_path_but_health_answers_without_the_token(path: str, given: dict[str, str]):
    assert status(REACHABLE, path, host="box", **given) == 401


@pytest.mark.parametrize(
    "given", ({"x_api_key": TOKEN}, {"authorization": f"Bearer {TOKEN}"}, {"authorization": f"bearer  {TOKEN}"})
)
def test_token_opens_in_both_ways(given: dict[str, str]):
    assert status(REACHABLE, host="box", **given) is None


def test_health_is_open():
    assert status(REACHABLE, OPEN, host="box") is None


def test_401_over_the_wire(start: Callable[..., Running]):
    server = start(rules=Rules(frozenset({"127.0.0.1"}), any_address=False, token=TOKEN))
    reply = server.ask("POST", "/predict", b"PNG")
    assert reply.status == 401
    assert reply.headers["www-authenticate"] == "Bearer"
    assert TOKEN.encode() not in reply.body
    assert server.ask("POST", "/predict", b"PNG", Authorization=f"Bearer {TOKEN}").status == 200
    assert server.ask("GET", "/healthz").status == 200
    assert server.predictor.seen == [b"PNG"]


def test_rebinding_over_the_wire(start: Callable[..., Running]):
    server = start()
    assert server.ask("POST", "/predict", b"PNG", Host="evil.example").status == 400
    assert server.ask("POST", "/predict", b"PNG", Origin="https://evil.example").status == 403
    assert server.predictor.seen == []
