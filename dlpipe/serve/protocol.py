"""uvicorn's HTTP/1.1 protocol with what it lacks: a deadline for headers and a cap on connections.

uvicorn 0.54 keeps a half-sent request open for ever and accepts any number of sockets.
"""

from __future__ import annotations

import asyncio
import resource
from typing import TYPE_CHECKING, Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    from dlpipe.serve.limits import Limits

_SPARE_HANDLES = 64


def protocol(limits: Limits) -> type[H11Protocol]:
    """The protocol class for uvicorn's `http` setting."""
    handles, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    cap = max(1, min(limits.connections, handles - _SPARE_HANDLES))

    class Bounded(_Bounded):
        allowed = limits
        num_connections = cap

    return Bounded


class _Bounded(H11Protocol):
    allowed: Limits
    num_connections: int
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        if len(self.connections) > self.num_connections:
            self._refuse(b"503 Service Unavailable", b"Retry-After: 1\r\n")
        else:
            self._expect_header()

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        if not self._in_request():
            self._expect_header()
        super().data_received(data)
        if self._in_request():
            self._stop_clock()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_clock()
        super().connection_lost(exc)

    def on_response_complete(self) -> None:
        """Gives the sender of a refused body a moment to read the answer; data is thrown away meanwhile."""
        if self.conn.their_state is h11.SEND_BODY and not self.transport.is_closing():
            self.loop.call_later(self.allowed.linger_seconds, self._cut, self.cycle)
        super().on_response_complete()

    def _cut(self, cycle: object) -> None:
        if self.cycle is cycle and self.conn.their_state is h11.SEND_BODY and not self.transport.is_closing():
            self.transport.abort()

    def _in_request(self) -> bool:
        cycle: Any = self.cycle  # None before the first request, whatever its annotation says
        return cycle is not None and not cycle.response_complete

    def _expect_header(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(self.allowed.header_seconds, self._late)

    def _stop_clock(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _late(self) -> None:
        self._deadline = None
        if not self._in_request():
            self._refuse(b"408 Request Timeout", b"")

    def _refuse(self, status: bytes, header: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write(b"HTTP/1.1 %b\r\n%bConnection: close\r\nContent-Length: 0\r\n\r\n" % (status, header))
            self.transport.close()
