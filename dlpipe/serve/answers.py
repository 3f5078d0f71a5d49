"""The shape of every answer that is no prediction."""

from __future__ import annotations

from starlette.responses import JSONResponse


def refusal(status: int, reason: str, detail: str, *, close: bool = False, retry_seconds: int = 0) -> JSONResponse:
    """`reason` is a word that a program can act on, `detail` a sentence for a person."""
    headers = {"connection": "close"} if close else {}
    if retry_seconds:
        headers["retry-after"] = str(retry_seconds)
    return JSONResponse({"reason": reason, "error": detail}, status, headers)
