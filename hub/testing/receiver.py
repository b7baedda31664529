"""An HTTP far side on this machine: hands each request to a function of the test, and answers or hangs up as told.

    with Receiver(lambda request: Answer(200)) as far_side:
        ... far_side.url ...
        assert far_side.requests[0].json()["type"] == "..."

The base for the far side of a plugin that speaks HTTP; `hub.testing.webhook` is one that is built on it.
"""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

_MAX_BODY = 50 * 2**20


@dataclass(frozen=True, slots=True)
class Request:
    """One request whose body came whole. Header names are in lower case; `at` is Unix seconds."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    at: float

    def json(self) -> Any:
        """The body as JSON. Raises ValueError when it is none."""
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered. `cut`: nothing, the line is closed. `hang`: nothing, the line stays open until the end."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: bool = False
    hang: bool = False


Respond = Callable[[Request], Answer]


class Receiver:
    """Serves in threads of its own from enter to exit. `respond` may be changed meanwhile; it is called in turn."""

    def __init__(self, respond: Respond, port: int = 0) -> None:
        self.respond = respond
        self.port = port
        self.requests: list[Request] = []
        self._turn = threading.Lock()
        self._ended = threading.Event()

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._server = _Listener(self)
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), name="receiver")
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Be gone: nobody is answered any more, on no old line either. May be called twice."""
        self._ended.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def answer(self, request: Request) -> Answer:
        """Note a request and let the test answer it: one after the other, so that it need not think of threads."""
        with self._turn:
            self.requests.append(request)
            answer = self.respond(request)
        if answer.hang:
            self._ended.wait()
        return answer


class _Listener(ThreadingHTTPServer):
    """One thread a connection; none outlives the process."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, receiver: Receiver) -> None:
        self.receiver = receiver
        self._lines: set[socket.socket] = set()
        super().__init__(("127.0.0.1", receiver.port), _Line)

    def get_request(self) -> tuple[socket.socket, Any]:
        """Remember the line: it may stay open between two requests."""
        line, address = super().get_request()
        self._lines.add(line)
        return line, address

    def shutdown_request(self, request: Any) -> None:
        """Forget it."""
        self._lines.discard(request)
        super().shutdown_request(request)

    def server_close(self) -> None:
        """Close the lines too."""
        super().server_close()
        for line in tuple(self._lines):
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)


class _Line(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body of an answer leave together
    server: _Listener

    def _take(self) -> None:
        body = self.rfile.read(min(int(self.headers.get("Content-Length", 0)), _MAX_BODY))
        headers = {name.lower(): value for name, value in self.headers.items()}
        answer = self.server.receiver.answer(Request(self.command, self.path, headers, body, time.time()))
        if answer.cut or answer.hang:
            self.close_connection = True
            with contextlib.suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)
            return
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = _take  # noqa: N815 - the names are http.server's

    def log_message(self, format: str, *_args: object) -> None:  # noqa: A002 - the name is http.server's
        """Say nothing: a test's output is its own."""
