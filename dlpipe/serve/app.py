"""The routes: a picture in, a label with its probabilities out."""

from __future__ import annotations

import asyncio
import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from dlpipe.core.say import say
from dlpipe.predictor import Answer, Labels, Refused, Said
from dlpipe.serve.answers import refusal
from dlpipe.serve.body import RefusedError, read_picture
from dlpipe.serve.counts import Counts
from dlpipe.serve.guard import OPEN, Guard, Rules
from dlpipe.serve.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request
    from starlette.types import ASGIApp

    from dlpipe.decision import GroupRules

_MOST_THREADS = 4


class Oracle(Protocol):
    """What the server needs of a predictor."""

    @property
    def digest(self) -> str:
        """SHA-256 of the model file."""
        ...

    @property
    def group_rules(self) -> GroupRules | None:
        """By which groups it decides; None where one threshold serves all."""
        ...

    def predict(self, contents: Sequence[bytes], groups: Sequence[str] | None = None) -> Sequence[Said]:
        """An answer for the bytes of each picture, which is of the group in its place."""
        ...


@dataclass(frozen=True)
class Service:
    """One model and what is allowed."""

    name: str
    version: str | None
    predictor: Oracle
    rules: Rules
    limits: Limits = field(default_factory=Limits)
    counts: Counts = field(default_factory=Counts)


def build(service: Service) -> ASGIApp:
    """The ASGI application. Every answer is JSON, `/metrics` apart."""
    routes = _Routes(service)
    app = Starlette(
        routes=[
            Route("/predict", routes.predict, methods=["POST"]),
            Route(OPEN, routes.healthz),
            Route("/readyz", routes.readyz),
            Route("/metrics", routes.metrics),
        ],
        exception_handlers={HTTPException: _http_error, Exception: _bug},
    )
    app.router.redirect_slashes = False
    return Guard(app, service.rules, service.limits, service.counts)


def _http_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - it is registered for nothing else
    detail = {404: "there is POST /predict, GET /healthz, /readyz and /metrics"}.get(error.status_code, error.detail)
    answer = refusal(error.status_code, error.detail.lower().replace(" ", "_"), detail)
    answer.headers.update(error.headers or {})
    return answer


def _bug(_request: Request, _error: Exception) -> Response:
    return refusal(500, "bug", "this is a bug of dlpipe; the server's log says more")


class _Routes:
    def __init__(self, service: Service) -> None:
        self._service = service
        self._counts = service.counts
        self._threads = ThreadPoolExecutor(min(_MOST_THREADS, os.cpu_count() or 1), "predict")
        self._model = {"name": service.name, "digest": service.predictor.digest}
        rules = service.predictor.group_rules
        self._needs = {} if rules is None else {"group": {"by": rules.by, "values": list(rules.rules)}}

    async def healthz(self, _request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def readyz(self, _request: Request) -> Response:
        return JSONResponse({"status": "ready", **self._model, "version": self._service.version, **self._needs})

    async def metrics(self, _request: Request) -> Response:
        return PlainTextResponse(self._counts.text(), media_type="text/plain; version=0.0.4")

    async def predict(self, request: Request) -> Response:
        started = time.perf_counter()
        try:
            groups = self._groups(request)
            picture = await self._upload(request)
            read = time.perf_counter()
            answer = await self._ask(picture, groups)
        except RefusedError as refused:
            return refused.answer
        done = time.perf_counter()
        say.detail(f"predict: {len(picture):,} bytes, {done - started:.3f} s")
        timing = f"read;dur={1e3 * (read - started):.1f}, predict;dur={1e3 * (done - read):.1f}"
        return self._response(answer, done - read, timing)

    def _response(self, answer: Said, seconds: float, timing: str) -> Response:
        if isinstance(answer, Refused):
            return refusal(422, answer.reason, answer.detail)
        if isinstance(answer, Labels):
            self._counts.predicted(seconds, *answer.labels)
            content: dict[str, Any] = {"labels": answer.labels, "probabilities": answer.probabilities}
        else:
            self._counts.predicted(seconds, answer.label)
            content = _content(answer)
        return JSONResponse({**content, "model": self._model}, headers={"server-timing": timing})

    def _groups(self, request: Request) -> list[str] | None:
        """The group that the request names, as `predict` takes it; None where the model asks for none.

        Raises:
            RefusedError: it names none, more than one, or one that the model has no rule for (400).
        """
        rules = self._service.predictor.group_rules
        if rules is None:
            return None
        given = request.query_params.getlist("group")
        if len(given) != 1 or given[0] not in rules.rules:
            detail = f"this model decides by '{rules.by}': give one of {rules.values} as ?group=VALUE"
            raise RefusedError(refusal(400, "group", detail, close=True))
        return given

    async def _upload(self, request: Request) -> bytes:
        if self._counts.uploads >= self._service.limits.uploads:
            raise _busy()
        self._counts.uploads += 1
        try:
            return await read_picture(request, self._service.limits)
        finally:
            self._counts.uploads -= 1

    async def _ask(self, picture: bytes, groups: Sequence[str] | None) -> Said:
        if self._counts.in_flight >= self._service.limits.in_flight:
            raise _busy()
        self._counts.in_flight += 1
        asked = asyncio.get_running_loop().run_in_executor(
            self._threads, self._service.predictor.predict, [picture], groups
        )
        asked.add_done_callback(self._free)
        try:
            async with asyncio.timeout(self._service.limits.answer_seconds):
                (answer,) = await asyncio.shield(asked)
        except TimeoutError as error:
            raise _busy() from error
        return answer

    def _free(self, asked: asyncio.Future[Any]) -> None:
        self._counts.in_flight -= 1
        if not asked.cancelled():
            asked.exception()  # looked at, so that asyncio does not complain of one that nobody waited for


def _content(answer: Answer) -> dict[str, Any]:
    content: dict[str, Any] = {
        "label": answer.label,
        "probability": answer.probability,
        "probabilities": answer.probabilities,
    }
    if answer.possible is not None:
        content["possible"] = answer.possible
    if answer.group is not None:
        content["group"] = answer.group
    return content


def _busy() -> RefusedError:
    return RefusedError(refusal(503, "busy", "the server is at its limit; try again", retry_seconds=1))
