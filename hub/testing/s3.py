"""An S3 server of one's own for tests and benches: moto's, as a process behind a real socket, that fails on request.

In a test: `with S3() as server: ... server.environment("bucket") ... server.fail("GET", "flip", times=1)`.
As a process: `python -m hub.testing.s3`; its first line is the port. What is kept is gone with it.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterable
from http.client import HTTPConnection
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

# What can happen to a request. Those after the line happen once it was done: the server acted, the answer is lost.
SLOW_DOWN, BROKEN, CUT_BEFORE = "slow_down", "broken", "cut_before"  # 503, 500, the line is cut
LOSE_ANSWER, HALF, FLIP = "lose_answer", "half", "flip"  # cut; half the body, then cut; a bit of the body differs
FORBIDDEN = "forbidden"  # 403, as with wrong credentials

_CONTROL = "/_fail"
_SOMEBODY = "AWS4-HMAC-SHA256 Credential=me/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=none"
_ANSWERS = {
    SLOW_DOWN: ("503 Slow Down", "SlowDown"),
    BROKEN: ("500 Internal Server Error", "InternalError"),
    FORBIDDEN: ("403 Forbidden", "SignatureDoesNotMatch"),
}


class S3:
    """A server that runs as a process of its own from enter to exit."""

    def __enter__(self) -> S3:
        command = [sys.executable, "-m", "hub.testing.s3"]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own module
        self.port = int(self._process.stdout.readline() if self._process.stdout else 0)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.communicate(timeout=10)

    @property
    def process(self) -> int:
        """Its process number, for tests that stop it and let it go on."""
        return self._process.pid

    def bucket(self) -> str:
        """A new bucket; returns its name."""
        name = f"hub-{uuid.uuid4().hex}"
        status, _ = self.ask("PUT", f"/{name}")
        if status != 200:  # noqa: PLR2004 - HTTP's yes
            raise RuntimeError(f"no bucket: {status}")
        return name

    def environment(self, place: str) -> dict[str, str]:
        """The variables with which a hub keeps its bytes at `place`, a bucket or BUCKET/PREFIX."""
        return {
            "HUB_BLOBS": f"s3://{place}",
            "HUB_ALLOW_NETWORKS": "127.0.0.0/8",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.port}",
            "AWS_ACCESS_KEY_ID": "invented",
            "AWS_SECRET_ACCESS_KEY": "invented",
            "AWS_REGION": "eu-west-1",
        }

    def fail(self, method: str, fault: str, times: int = -1) -> None:
        """Let this fault happen to the next requests of this method (`*`: any), for ever when `times` is negative."""
        self.ask("POST", f"{_CONTROL}?{method}={fault}&{times}")

    def heal(self) -> int:
        """Let nothing fail any more; returns how often something did since it was last asked."""
        return int(self.ask("POST", f"{_CONTROL}?")[1])

    def ask(self, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
        """A request as somebody else would send it; returns status and body."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body, {"Authorization": _SOMEBODY})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()


class _Failing:
    """Stands before the server and lets requests fail."""

    def __init__(self, server: WSGIApplication) -> None:
        self._server = server
        self._faults: dict[str, tuple[str, int]] = {}
        self._failed = 0
        self._lock = threading.Lock()

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"] == _CONTROL:
            return self._told(environ["QUERY_STRING"], start)
        fault = self._next(environ["REQUEST_METHOD"])
        if not fault:
            return self._server(environ, start)
        environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)) if fault in _ANSWERS else None
        if fault in _ANSWERS:
            status, code = _ANSWERS[fault]
            start(status, [("Content-Type", "application/xml")])
            return [f"<Error><Code>{code}</Code></Error>".encode()]
        return self._harmed(fault, environ, start)

    def _told(self, query: str, start: StartResponse) -> Iterable[bytes]:
        what, _, times = query.partition("&")
        method, _, fault = what.partition("=")
        with self._lock:
            failed, self._failed = self._failed, 0
            self._faults = {method: (fault, int(times))} if fault else {}
        start("200 OK", [("Content-Type", "text/plain")])
        return [str(failed).encode()]

    def _next(self, method: str) -> str:
        with self._lock:
            at = method if method in self._faults else "*"
            fault, times = self._faults.get(at, ("", 0))
            if not times:
                return ""
            self._faults[at] = (fault, times - 1)
            self._failed += 1
            return fault

    def _harmed(self, fault: str, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        line: socket.socket = environ["werkzeug.socket"]
        if fault == CUT_BEFORE:
            line.shutdown(socket.SHUT_RDWR)
            return []
        body = b"".join(self._server(environ, start if fault in {HALF, FLIP} else lambda *_: bytearray().extend))
        if fault == FLIP and body:
            return [bytes([body[0] ^ 1]), body[1:]]
        if fault == HALF:
            return _half(body, line)
        line.shutdown(socket.SHUT_RDWR)
        return []


def _half(body: bytes, line: socket.socket) -> Iterable[bytes]:
    """Half of what was promised, then silence."""
    yield body[: len(body) // 2]
    line.shutdown(socket.SHUT_RDWR)


def main() -> None:
    """Serve until SIGTERM."""
    # A tool of tests: not everybody who uses hub.testing has it.
    from moto.moto_server.werkzeug_app import (  # noqa: PLC0415 - as said
        DomainDispatcherApplication,
        MotoRequestHandler,
        create_backend_app,
    )
    from werkzeug.serving import make_server  # noqa: PLC0415 - as said

    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    app = _Failing(DomainDispatcherApplication(create_backend_app))
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=MotoRequestHandler)
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
