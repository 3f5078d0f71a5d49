"""Who may ask at all: the checks that come before any route.

Host: only known names, or a web page could reach a loopback server under its own name (DNS rebinding).
Origin: a browser names the page that sends; no page but our own host's may.
Token: demanded wherever somebody else than this machine can connect.
"""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from starlette.datastructures import Headers

from dlpipe.serve.answers import refusal

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from dlpipe.serve.counts import Counts
    from dlpipe.serve.limits import Limits

OPEN = "/healthz"
"""The one path that needs no token: it says nothing."""

_HEADERS = [(b"x-content-type-options", b"nosniff"), (b"cache-control", b"no-store")]


@dataclass(frozen=True)
class Rules:
    """Whom the server answers."""

    hosts: frozenset[str]
    """Names and addresses under which clients may call it, lower case, without port."""
    any_address: bool
    """Whether any IP address will do as host: no page can have one as its name."""
    token: str | None


class Guard:
    """ASGI middleware that refuses by `Rules`, adds headers to every answer and counts it."""

    def __init__(self, app: ASGIApp, rules: Rules, limits: Limits, counts: Counts) -> None:
        self._app = app
        self._rules = rules
        self._limits = limits
        self._counts = counts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        if scope["type"] != "http":
            return

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *_HEADERS]
                self._counts.answered(message["status"])
            await send(message)

        if sum(len(name) + len(value) for name, value in scope["headers"]) > self._limits.header:
            refused = refusal(431, "header", "the header is too large", close=True)
        else:
            refused = refuse(self._rules, Headers(scope=scope), scope["path"])
        try:
            await (refused or self._app)(scope, receive, answer)
        except asyncio.CancelledError:  # the server ends and this request is not whole yet
            await refusal(503, "stopping", "the server is being stopped", close=True)(scope, receive, answer)


def refuse(rules: Rules, headers: Headers, path: str) -> Response | None:
    """The answer to a request that must not get further; None for one that may."""
    if "content-length" in headers and "transfer-encoding" in headers:
        return refusal(400, "framing", "Content-Length and Transfer-Encoding contradict one another", close=True)
    if not _is_known(rules, headers.get("host", "")):
        return refusal(400, "host", "this server is not known under that name; `--allow-host` adds names")
    origin = headers.get("origin")
    if origin is not None and not _is_known(rules, _host_of(origin)):
        return refusal(403, "origin", "pages of other origins may not use this server")
    if rules.token is not None and path != OPEN and not _has_token(rules.token, headers):
        answer = refusal(401, "token", "give the token as `X-API-Key: TOKEN` or `Authorization: Bearer TOKEN`")
        answer.headers["www-authenticate"] = "Bearer"
        return answer
    return None


def _host_of(origin: str) -> str:
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""


def _is_known(rules: Rules, host: str) -> bool:
    name = _without_port(host)
    return name in rules.hosts or (rules.any_address and _is_address(name))


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.rpartition(":")[0].lower() if ":" in host else host.lower()


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _has_token(token: str, headers: Any) -> bool:
    kind, _, bearer = headers.get("authorization", "").partition(" ")
    given = bearer.strip() if kind.lower() == "bearer" else headers.get("x-api-key", "")
    return hmac.compare_digest(given.encode(), token.encode())
