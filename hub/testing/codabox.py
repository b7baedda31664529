"""A CodaBox on this machine that really speaks HTTP, keeps what it takes, takes it once, and fails on request.

In a test: `with CodaboxServer(Setup(...)) as server: ... server.url ... server.desk.papers`.
As a process: `python -m hub.testing.codabox --port 0 --log FILE --client 0123456749=known --faults TEXT`; its first
line is the port. A test in another process looks and arranges under `/control/`: GET `mails`, `papers`; POST `faults`
(text), `clients` {number, standing}, `revoke` {number}, `state` {id, state, reason}.

Known of the real one (marked so in public clients): the token, its trade for credentials, the check, Basic
authentication, the header. ASSUMPTION, never confirmed: the upload, its answers, the status call, the codes beside
`detail`.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import contextlib
import json
import signal
import socket
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from hub.testing.codabox_desk import Answer, Desk, Fault, Mail, Plan, Standing
from hub.testing.codabox_papers import Taken, TakenLog, read_upload

SOFTWARE_KEY = "11111111-2222-4333-8444-555555555555"  # an example, nobody's
_UNAUTHORISED = Answer(401, {"detail": "Invalid username/password."})
_NOT_FOUND = Answer(404, {"detail": "Not found."})
_V2 = "/v2/"
_UPLOAD = "upload/sales-invoice/"
_MAX_BODY = 25 * 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """How it is set up. `clients`: what it knows of each enterprise number; `log` gets a line for each paper taken."""

    port: int = 0
    log: Path | None = None
    software_key: str = SOFTWARE_KEY
    clients: Mapping[str, Standing] = field(default_factory=lambda: {"0123456749": Standing.KNOWN})
    plan: Plan = field(default_factory=Plan)
    year_lock: bool = True


class CodaboxServer:
    """Serves in threads of its own from enter to exit. `desk` is its state, and its plan may be changed meanwhile."""

    def __init__(self, setup: Setup | None = None) -> None:
        self.setup = setup or Setup()

    def __enter__(self) -> CodaboxServer:
        with ExitStack() as opened:
            log = opened.enter_context(TakenLog.opened(self.setup.log))
            self.desk = Desk(self.setup.clients, log, year_lock=self.setup.year_lock)
            self.desk.plan = self.setup.plan
            self._server = opened.enter_context(_Listener(self.setup, self.desk))
            self._opened = opened.pop_all()
        self.port: int = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}{_V2.rstrip('/')}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), name="codabox")
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._opened.close()


class _Listener(ThreadingHTTPServer):
    """One thread a connection; none outlives the process."""

    daemon_threads = True

    def __init__(self, setup: Setup, desk: Desk) -> None:
        self.setup = setup
        self.desk = desk
        self._lines: set[socket.socket] = set()
        super().__init__(("127.0.0.1", setup.port), _Line)

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
        """Be gone: nobody is answered on an old line."""
        super().server_close()
        for line in tuple(self._lines):
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)


class _Line(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body of an answer leave together
    server: _Listener

    def do_GET(self) -> None:
        self._answer(self._get())

    def do_POST(self) -> None:
        if self.path.startswith("/control/"):
            self._answer(self._control(self.path.removeprefix("/control/"), self._body()))
        elif self.path == f"{_V2}{_UPLOAD}":
            self._upload()
        else:
            self._answer(self._post(self._body()))

    def _get(self) -> Answer:
        desk = self.server.desk
        if self.path.startswith("/control/"):
            kept: dict[str, Sequence[Mail | Taken]] = {"mails": desk.mails, "papers": desk.papers}
            shown = kept.get(self.path.removeprefix("/control/"))
            return _NOT_FOUND if shown is None else Answer(200, [asdict(one) for one in shown])
        if not self._knows_software():
            return Answer(403, {"detail": "Unknown software company."})
        head, _, token = self.path.removeprefix(_V2).rstrip("/").partition("/")
        if head == "get-credentials":
            return desk.redeem(token)
        number = self._client()
        if not number:
            return _UNAUTHORISED
        if self.path == f"{_V2}delivery/pod-client/":
            return desk.pod_client(number)
        return desk.state_of(number, self.path.removeprefix(f"{_V2}{_UPLOAD}").rstrip("/"))

    def _post(self, body: bytes) -> Answer:
        if not self._knows_software():
            return Answer(403, {"detail": "Unknown software company."})
        if self.path != f"{_V2}request-access-token/invoicing-software/":
            return _NOT_FOUND
        return self.server.desk.request_token(str(json.loads(body).get("vat", "")))

    def _upload(self) -> None:
        desk = self.server.desk
        key = self.headers.get("Idempotency-Key", "")
        fault = desk.next_fault(key)
        if fault is Fault.CUT_BEFORE:
            self._cut()
            return
        body = self._body()
        number = self._client() if self._knows_software() else ""
        paper = read_upload(self.headers.get("Content-Type", ""), body, key)
        self._answer(desk.take(number, paper, fault) if number else _UNAUTHORISED)

    def _control(self, what: str, body: bytes) -> Answer:
        desk = self.server.desk
        if what == "faults":
            desk.plan = Plan.parse(body.decode())
            return Answer(200)
        acts: dict[str, Callable[[Any], None]] = {
            "clients": lambda said: desk.clients.update({said["number"]: Standing(said["standing"])}),
            "revoke": lambda said: desk.revoke(said["number"]),
            "state": lambda said: desk.set_state(said["id"], said["state"], said.get("reason", "")),
        }
        if what not in acts:
            return _NOT_FOUND
        acts[what](json.loads(body))
        return Answer(200)

    def _knows_software(self) -> bool:
        return self.headers.get("X-Software-Company") == self.server.setup.software_key

    def _client(self) -> str:
        """The enterprise number of who asks, by Basic authentication; empty when it is nobody's."""
        kind, _, code = self.headers.get("Authorization", "").partition(" ")
        try:
            user, _, password = base64.b64decode(code).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return ""
        return self.server.desk.client_of(user, password) if kind == "Basic" else ""

    def _body(self) -> bytes:
        return self.rfile.read(min(int(self.headers.get("Content-Length", 0)), _MAX_BODY))

    def _answer(self, answer: Answer) -> None:
        if answer.cut:
            self._cut()
            return
        page = isinstance(answer.body, str)
        body = answer.body.encode() if page else json.dumps(answer.body).encode()
        self.send_response(answer.status)
        self.send_header("Content-Type", "text/html" if page else "application/json")
        self.send_header("Content-Length", str(len(body)))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _cut(self) -> None:
        """End the connection without a word; what was not read makes it a reset."""
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, format: str, *_args: object) -> None:  # noqa: A002 - the name is http.server's
        """Say nothing: a test's output is its own."""


def _client_of(text: str) -> tuple[str, Standing]:
    number, _, standing = text.partition("=")
    return number, Standing(standing)


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(prog="python -m hub.testing.codabox", description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--log", type=Path, help="append a JSON line for each paper taken")
    parser.add_argument("--client", type=_client_of, action="append", help="such as 0123456749=known; repeat it")
    parser.add_argument("--faults", type=Plan.parse, default=Plan(), help="such as 'broken=#1,2 retry_after=7'")
    given = parser.parse_args(arguments)
    clients = dict(given.client or [("0123456749", Standing.KNOWN)])
    ends = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)  # before there are threads: they inherit it
    with CodaboxServer(Setup(port=given.port, log=given.log, clients=clients, plan=given.faults)) as server:
        sys.stdout.write(f"{server.port}\n")
        sys.stdout.flush()
        signal.sigwait(ends)


if __name__ == "__main__":
    main()
