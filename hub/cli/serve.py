"""`hub serve`: the pages for people and the health check, without delivering; `hub run --http` has them beside it."""

from __future__ import annotations

import ipaddress
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from hub.app import Hub
from hub.cli.output import Output
from hub.cli.session import opened, printing
from hub.config import LISTEN
from hub.errors import UsageError

if TYPE_CHECKING:
    import uvicorn


_CLOSING = 1.0  # seconds for pages that are being sent when a run ends


@click.command("serve")
@click.option("--http", metavar="HOST:PORT", default=LISTEN, show_default=True, help="Where to listen.")
@printing
def serve_command(http: str, out: Output) -> None:
    """Serve the partner portal and /healthz. Behind a proxy that speaks https, set HUB_PUBLIC_URL to its address."""
    with opened() as hub, _ready(hub, http) as (server, listening):
        out.say(f"listening on http://{http}; links begin with {hub.config.public_url or 'that'}; stop with Ctrl-C")
        _run(server, listening)


@contextmanager
def beside(hub: Hub, http: str) -> Iterator[None]:
    """The same pages from a thread, for as long as the block lasts; without an address nothing listens."""
    if not http:
        yield
        return
    with _ready(hub, http) as (server, listening):
        thread = threading.Thread(target=server.run, args=([listening],), name="pages", daemon=True)
        thread.start()
        try:
            yield
        finally:
            server.should_exit = True
            thread.join(_CLOSING)


@contextmanager
def _ready(hub: Hub, http: str) -> Iterator[tuple[uvicorn.Server, socket.socket]]:
    """The server of an open home and the socket it is to listen on. Raises UsageError."""
    host, port = _place(http)
    _refuse_clear_text(hub.config.public_url or f"http://{http}")
    server = _server(hub, http)
    with _listening(host, port) as listening:
        yield server, listening


def _place(http: str) -> tuple[str, int]:
    host, colon, port = http.rpartition(":")
    if not (colon and host and port.isascii() and port.isdecimal() and 0 < int(port) < 65536):  # noqa: PLR2004 - TCP's
        raise UsageError(f"'{http}' is no place to listen", action=f"write HOST:PORT, as {LISTEN}")
    return host.strip("[]"), int(port)


def _refuse_clear_text(url: str) -> None:
    """A login over plain http may only stay on this machine."""
    parts = urlsplit(url)
    if parts.scheme == "http" and not _loopback(parts.hostname or ""):
        raise UsageError(
            f"people's logins would travel to {url} in the clear",
            code="not_encrypted",
            action="put a proxy that speaks https in front, and set HUB_PUBLIC_URL=https://...",
        )


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _server(hub: Hub, http: str) -> uvicorn.Server:
    try:
        from hub.web.app import server  # noqa: PLC0415 - needs the extra `portal`
    except ImportError as error:
        action = "install it: pip install 'bookkeeper-hub[portal]'"
        raise UsageError(f"`hub serve` needs the extra portal ({error})", code="no_portal", action=action) from error
    return server(hub, http)


@contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.create_server((host, port), family=family) as listening:
            yield listening
    except OSError as error:
        raise UsageError(
            f"cannot listen at {host}:{port}: {error.strerror}", action="choose another with --http"
        ) from error


def _run(server: uvicorn.Server, listening: socket.socket) -> None:
    """Serve until SIGTERM or SIGINT, which end it cleanly and with exit code 0."""

    def stop(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - signal's shape
        server.should_exit = True

    # It takes both signals over while it runs, and when it has ended raises them again, for these.
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    server.run(sockets=[listening])
