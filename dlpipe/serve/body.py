"""Reads the bytes of one picture from a request: the body itself, or the one file of a form."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

from starlette.requests import ClientDisconnect, Request

from dlpipe.serve.answers import refusal

if TYPE_CHECKING:
    from starlette.responses import Response

    from dlpipe.serve.limits import Limits

_BOUNDARY = re.compile(r'(?i)multipart/form-data;\s*boundary="?([0-9a-z\'()+_,./:=?-]{1,70})"?')
_LONGEST_PART_HEADER = 4096


class RefusedError(Exception):
    """A request that gets an answer other than a prediction."""

    def __init__(self, answer: Response) -> None:
        super().__init__(answer.status_code)
        self.answer = answer


async def read_picture(request: Request, limits: Limits) -> bytes:
    """The bytes of one picture.

    Raises:
        RefusedError: too large (413), too slow (408), compressed (415), or a form without exactly one file (400).
    """
    if request.headers.get("content-encoding", "identity") != "identity":
        raise RefusedError(refusal(415, "encoding", "send the picture's bytes as they are, not compressed once more"))
    body = await _read(request, limits)
    kind = request.headers.get("content-type", "")
    return only_file(body, kind) if kind.lower().startswith("multipart/") else body


async def _read(request: Request, limits: Limits) -> bytes:
    too_large = refusal(413, "too_large", f"a picture may have up to {limits.body:,} bytes")
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length) > limits.body:
        raise RefusedError(too_large)
    body = bytearray()
    try:
        async with asyncio.timeout(limits.body_seconds):
            async for block in request.stream():
                body += block
                if len(body) > limits.body:
                    raise RefusedError(too_large)
    except TimeoutError as error:
        detail = f"the body must arrive within {limits.body_seconds:g} s"
        raise RefusedError(refusal(408, "too_slow", detail, close=True)) from error
    except ClientDisconnect as error:
        raise RefusedError(refusal(400, "gone", "the client went away", close=True)) from error
    return bytes(body)


def only_file(body: bytes, content_type: str) -> bytes:
    """The one file of a multipart form; strict and linear in the body's length.

    Raises:
        RefusedError: it is not exactly one part that carries a file.
    """
    found = _BOUNDARY.fullmatch(content_type.strip())
    if found is None:
        raise _form("its Content-Type names no usable boundary")
    mark = b"--" + found[1].encode()
    end = body.find(b"\r\n\r\n", 0, _LONGEST_PART_HEADER)
    if not body.startswith(mark + b"\r\n") or end < 0:
        raise _form("it does not start with a part")
    header = body[len(mark) : end].lower()
    if b"content-disposition: form-data" not in header or b"filename" not in header:
        raise _form("its first part is no file")
    close = body.find(b"\r\n" + mark, end + 2)
    if close < 0 or body[close + 2 + len(mark) :].rstrip(b"\r\n") != b"--":
        raise _form("it must hold exactly one part")
    return body[end + 4 : close]


def _form(what: str) -> RefusedError:
    return RefusedError(refusal(400, "form", f"the form cannot be read: {what}; `-F image=@FILE` makes a good one"))
