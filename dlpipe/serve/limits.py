"""What the server allows. All limits are on by default; uvicorn alone has none of the first five."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Sizes in bytes, times in seconds."""

    body: int = 10_000_000
    header: int = 16_384
    header_seconds: float = 5.0
    """From the first moment of a connection, or the first byte of a further request, to the end of its header."""
    body_seconds: float = 10.0
    answer_seconds: float = 10.0
    connections: int = 1000
    uploads: int = 64
    """Requests whose body is being read: with `body` it bounds the memory."""
    in_flight: int = 16
    """Requests that wait for or are in the model; more would only make everybody slower (p99 5.4 s at 64)."""
    keep_alive_seconds: int = 5
    linger_seconds: float = 2.0
    """How long a refused upload may go on, so that its sender gets to read why, before the connection is cut."""
    shutdown_seconds: int = 5
