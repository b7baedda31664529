"""The sockets of the far side: plain HTTP/1.1 on this machine, with connections that stay open, and that can be cut."""

from __future__ import annotations

import socket
import struct
import sys
import threading
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from hub.testing.exact.remote import Remote
from hub.testing.exact.site import Setup, Site
from hub.testing.exact.wire import Answer, Request

# Closing sends a reset instead of an orderly end.
_RESET = struct.pack("ii", 1, 0)


class ExactServer(Remote):
    """A far side that runs in threads of this process from enter to exit; its ledger outlives it."""

    def __init__(self, setup: Setup | None = None) -> None:
        super().__init__("")
        self.setup = setup or Setup()

    def __enter__(self) -> ExactServer:
        with ExitStack() as opened:
            listener = opened.enter_context(_Listener(self.setup.port))
            self.url = f"http://127.0.0.1:{listener.server_address[1]}"
            listener.site = opened.enter_context(Site.opened(self.setup, self.url))
            self._opened = opened.pop_all()
        self._listener = listener
        self._thread = threading.Thread(target=listener.serve_forever, args=(0.02,), name="exact")
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.stop()
        self._thread.join()
        self._opened.close()


class _Listener(ThreadingHTTPServer):
    """Takes connections; each has a thread of its own, which ends at the latest with the listener."""

    daemon_threads = False
    request_queue_size = 128
    site: Site

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", port), _Line)
        self._lines: set[socket.socket] = set()

    def stop(self) -> None:
        """Take no more, end all lines, and wait for their threads: after that the site is used by nobody."""
        self.site.stopping.set()
        self.shutdown()
        for line in tuple(self._lines):
            _end(line)
        self.server_close()

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remember the line, and serve it in its thread."""
        self._lines.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Close a line without saying so first: a reset must not follow an orderly end."""
        self._lines.discard(request)
        self.close_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no error here."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Line(BaseHTTPRequestHandler):
    """One connection."""

    server: _Listener
    protocol_version = "HTTP/1.1"
    server_version = "ExampleFarSide"
    disable_nagle_algorithm = True  # an answer must not wait for the acknowledgement of its head

    def _serve(self) -> None:
        length = self.headers.get("Content-Length") or "0"
        if not length.isdecimal() or "Transfer-Encoding" in self.headers:
            self.send_error(411)  # ends the line: what follows cannot be read
            return
        body = self.rfile.read(int(length))
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(method=self.command, target=self.path, headers=headers, body=body)
        answer = self.server.site.answer(request)
        if answer is None:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            self.close_connection = True
        else:
            self._send(answer)

    do_GET = do_POST = do_PUT = do_DELETE = _serve  # noqa: N815 - http.server finds methods by these names

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.status != 204:  # noqa: PLR2004 - which has no body, so no length
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name that http.server gave it
        """Say nothing: the ledger does."""


def _end(line: socket.socket) -> None:
    try:
        line.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it ended by itself
