"""Networks as ONNX graphs: torch writes them, ONNX Runtime runs them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from google.protobuf.message import Message


def parts(message: Message) -> Iterator[Message]:
    """A protobuf message and every message inside it, subgraphs and functions included."""
    waiting = [message]
    while waiting:
        part = waiting.pop()
        yield part
        for field, value in part.ListFields():
            if field.message_type is not None:
                waiting.extend(value if field.is_repeated else [value])
