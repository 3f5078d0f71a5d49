"""MLflow servers that misbehave: gone, silent, failing, and a real one that loses calls."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


def nobody() -> str:
    """An address at which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


@contextmanager
def stub(*, status: int = 500, delay_s: float = 0.0, body: bytes = b"{}") -> Iterator[str]:
    """A server that answers everything with `status`, after `delay_s`."""
    over = threading.Event()

    class Answer(BaseHTTPRequestHandler):
        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            over.wait(delay_s)
            with suppress(BrokenPipeError, ConnectionResetError):
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        do_GET = do_POST = do_PUT = do_PATCH = answer  # noqa: N815 - the names http.server calls

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        over.set()
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def real_server(database: Path, artifacts: Path, lose: Callable[[int], str]) -> Iterator[str]:
    """MLflow's own server over `database`. `lose(n)` says of the nth call: "" answer it, "before" do not even do it,
    "after" do it and answer 503.
    """
    import os

    from werkzeug.serving import make_server

    os.environ["_MLFLOW_SERVER_FILE_STORE"] = f"sqlite:///{database}"
    os.environ["_MLFLOW_SERVER_ARTIFACT_ROOT"] = "mlflow-artifacts:/"
    os.environ["_MLFLOW_SERVER_ARTIFACT_DESTINATION"] = artifacts.as_uri()
    os.environ["_MLFLOW_SERVER_SERVE_ARTIFACTS"] = "true"
    from mlflow.server import app, handlers

    handlers._tracking_store = handlers._model_registry_store = handlers._artifact_repo = None
    calls = {"count": 0}

    def lossy(environ: Any, start: Any) -> Any:
        calls["count"] += 1
        how = lose(calls["count"])
        if how != "before":
            if not how:
                return app.wsgi_app(environ, start)
            done = app.wsgi_app(environ, lambda *_: lambda _: None)
            list(done)
            done.close()
        start("503 Service Unavailable", [("Content-Length", "0")])
        return [b""]

    server = make_server("127.0.0.1", 0, lossy, threaded=False)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
