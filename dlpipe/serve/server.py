"""`dlpipe serve`: loads the exported model, checks it, and answers until somebody stops it."""

from __future__ import annotations

import ipaddress
import os
import signal
import socket
from importlib.util import find_spec
from typing import TYPE_CHECKING
from urllib.parse import quote

from dlpipe.core import files
from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.project import find_project
from dlpipe.core.say import say
from dlpipe.serve.token import token

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dlpipe.core.project import Project
    from dlpipe.serve.app import Service

_TOKEN_FILE = "serve-token"  # noqa: S105 - the name of the file, not what is in it
_BACKLOG = 128
_NOT_OUR_PORT = "`--port 8001` or any other free one, `--port 0` for one that the system chooses"


def serve(
    name: str, *, host: str = "127.0.0.1", port: int = 8000, allow_hosts: Sequence[str] = (), demand_token: bool = False
) -> None:
    """Serves the exported model of pipeline `name` until a signal stops it.

    Raises:
        DlpipeError: the extra is not installed, the model is missing or damaged, or the port is taken.
        Stopped: a signal ended it; all requests in the model have had their answers.
    """
    _need_extra()
    from dlpipe.predictor import Predictor
    from dlpipe.serve.app import Service
    from dlpipe.serve.guard import Rules

    project = find_project()
    predictor = Predictor.of(project.existing(name), project.root)
    predictor.load()
    secret = _secret(project, demanded=demand_token or not _is_loopback(host))
    rules = Rules(_hosts(host, allow_hosts), any_address=not _is_loopback(host), token=secret)
    service = Service(name, _version(project, name), predictor, rules)
    with listening(host, port) as bound:
        _say_where(service, host, bound.getsockname()[1])
        run(service, bound)


def run(service: Service, bound: socket.socket) -> None:
    """Answers on an open socket until SIGINT, SIGTERM or SIGHUP; ends with that signal's own exit code."""
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
        signal.signal(signal.SIGHUP, lambda *_: signal.raise_signal(signal.SIGTERM))
    make_server(service).run(sockets=[bound])


def make_server(service: Service):  # noqa: ANN201 - uvicorn is imported lazily
    """The uvicorn server of a service, with all limits."""
    import uvicorn

    from dlpipe.serve.app import build
    from dlpipe.serve.protocol import protocol

    limits = service.limits
    return uvicorn.Server(
        uvicorn.Config(
            build(service),
            http=protocol(limits),
            ws="none",
            loop="asyncio",
            lifespan="off",
            log_config=None,
            log_level="error",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            h11_max_incomplete_event_size=limits.header,
            timeout_keep_alive=limits.keep_alive_seconds,
            timeout_graceful_shutdown=limits.shutdown_seconds,
        )
    )


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens on `host` and `port`.

    Raises:
        DlpipeError: the port is taken or not ours to take (exit 4), or there is no such address here (exit 2).
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        bound = socket.create_server((host, port), family=family, backlog=_BACKLOG)
        # asyncio sets this only where a socket names its protocol; without it each answer waits 40 ms for an ACK
        bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except socket.gaierror as error:
        raise DlpipeError(f"there is no address '{host}'", "give an address of this machine to `--host`") from error
    except OverflowError as error:
        raise DlpipeError(f"there is no port {port}", "a port is a number up to 65535") from error
    except OSError as error:
        why = os.strerror(error.errno) if error.errno else str(error)
        problem = f"cannot listen on {host}:{port}: {why}"
        raise DlpipeError(problem, _NOT_OUR_PORT, Exit.ENVIRONMENT) from error
    return bound


def _need_extra() -> None:
    lacking = [package for package in ("starlette", "uvicorn") if find_spec(package) is None]
    if lacking:
        problem = f"serving needs {' and '.join(lacking)}, which the extra 'serve' brings"
        raise DlpipeError(problem, "python -m pip install 'dlpipe[serve]'", Exit.ENVIRONMENT)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _hosts(host: str, more: Sequence[str]) -> frozenset[str]:
    own = {"localhost", "127.0.0.1", "::1", host, *more}
    return frozenset(name.lower() for name in (own if _is_loopback(host) else {*own, socket.gethostname()}))


def _secret(project: Project, *, demanded: bool) -> str | None:
    if not demanded:
        return None
    place = project.local / _TOKEN_FILE
    secret, is_new = token(place)
    say.note(f"token, shown this once and kept in {place}: {secret}" if is_new else f"the token is in {place}")
    return secret


def _version(project: Project, name: str) -> str | None:
    registered = project.outputs(name) / "register" / "version.json"
    return str(files.read_json(registered)["version"]) if registered.is_file() else None


def _say_where(service: Service, host: str, port: int) -> None:
    shown = f"[{host}]" if ":" in host else host
    if not _is_loopback(host):
        say.warn("what is sent is not encrypted: put a proxy that speaks TLS before it outside of a trusted network")
    key = " -H 'X-API-Key: TOKEN'" if service.rules.token else ""
    say.note(f"serving {service.name} ({service.predictor.digest[:12]}…) on http://{shown}:{port}; Ctrl-C stops it")
    rules = service.predictor.group_rules
    query = "" if rules is None else f"?group={quote(next(iter(rules.rules)))}"
    say.note(f"try: curl{key} --data-binary @PICTURE 'http://{shown}:{port}/predict{query}'")
