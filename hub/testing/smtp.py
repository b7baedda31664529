"""A mail relay on this machine that really speaks SMTP, keeps what it takes, and fails on request.

In a test: `with SmtpServer(Setup(...)) as server: ... server.port ... server.messages`.
As a process: `python -m hub.testing.smtp --port 0 --log FILE --faults TEXT`; its first line is the port, and SIGUSR1
ends its faults.
"""

# aiosmtpd finds hooks by names in capitals.
# ruff: noqa: N802

from __future__ import annotations

import argparse
import asyncio
import collections
import hashlib
import logging
import signal
import socket
import sys
import threading
import time
import weakref
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from email.parser import BytesHeaderParser
from pathlib import Path

from hub.testing.faults import Fault, Faults, Try
from hub.testing.smtp_log import Fate, SmtpLog, Transaction

try:
    from aiosmtpd.smtp import Envelope, Session

    from hub.testing.smtp_line import MAX_SIZE, Line, Setup
except ImportError as missing:
    raise ImportError("the test relay needs aiosmtpd: install bookkeeper-hub[demo]") from missing

__all__ = ["Setup", "SmtpServer", "main"]

_REFUSALS: Mapping[Fault, str] = {
    Fault.GREYLIST: "451 4.7.1 Greylisted, come back later",
    Fault.REJECT: "554 5.6.0 Message refused",
    Fault.FAIL: "451 4.3.0 Local error",
}
_FATES: Mapping[Fault, Fate] = {
    Fault.DROP: Fate.DROPPED,
    Fault.LOSE_ANSWER: Fate.ANSWER_LOST,
    Fault.HANG: Fate.ANSWER_LOST,
}


class SmtpServer:
    """A relay that runs in a thread of its own from enter to exit. `faults` may be changed while it runs."""

    def __init__(self, setup: Setup | None = None) -> None:
        self.setup = setup or Setup()
        self.faults = self.setup.faults
        self.port = self.setup.port
        self.transactions: list[Transaction] = []
        self.messages: list[bytes] = []
        self._tries: collections.Counter[str] = collections.Counter()
        self._lines: weakref.WeakSet[Line] = weakref.WeakSet()

    def __enter__(self) -> SmtpServer:
        logging.getLogger("mail.log").setLevel(logging.ERROR)  # aiosmtpd would tell all that is said
        with ExitStack() as opened:
            listener = opened.enter_context(socket.create_server(("127.0.0.1", self.setup.port)))
            self._log = opened.enter_context(SmtpLog.opened(self.setup.log, self.setup.keep))
            self._opened = opened.pop_all()
        # A reply of several lines must not wait for the acknowledgement of its first; accepted lines inherit it.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.port = listener.getsockname()[1]
        self._loop = asyncio.new_event_loop()
        self._stop = self._loop.create_future()
        self._thread = threading.Thread(target=self._run, args=(listener,), name="smtp-relay")
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set_result, None)
        self._thread.join()
        self._opened.close()

    def _run(self, listener: socket.socket) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve(listener))

    async def _serve(self, listener: socket.socket) -> None:
        tls = self.setup.tls if self.setup.implicit else None
        server = await self._loop.create_server(self._answer_call, sock=listener, ssl=tls)
        await self._stop
        server.close()
        for line in tuple(self._lines):
            line.cut()
        await asyncio.sleep(0)  # lets the cut lines notice

    def _answer_call(self) -> Line:
        line = Line(self)
        self._lines.add(line)
        return line

    def log_in(self, _mechanism: str, user: bytes, password: bytes) -> bool:
        """Whether these are the right ones; called by aiosmtpd."""
        return (user.decode(), password.decode()) == self.setup.login

    async def handle_DATA(self, line: Line, _session: Session, envelope: Envelope) -> str:
        """Judge, keep and answer one message; called by aiosmtpd when its last byte came."""
        content = envelope.original_content or b""
        attempt = self._attempt(content)
        fault = self.faults.fault_of(attempt)
        await asyncio.sleep(self.faults.delay(attempt))
        reply = self._reply(fault, attempt)
        taken = Fate.ACCEPTED if reply.startswith("2") else Fate.REFUSED
        fate = _FATES.get(fault, taken) if fault else taken
        self._keep(_transaction(line, envelope, attempt, fate), content)
        if fault in {Fault.DROP, Fault.LOSE_ANSWER}:
            line.cut()
        if fault in _FATES:
            await asyncio.Event().wait()  # ends with the line
        return reply

    def _attempt(self, content: bytes) -> Try:
        message_id = str(BytesHeaderParser().parsebytes(content).get("Message-ID", ""))
        self._tries[message_id] += 1
        return Try(self._tries.total(), self._tries[message_id], message_id)

    def _reply(self, fault: Fault | None, attempt: Try) -> str:
        if fault and (refusal := _REFUSALS.get(fault)):
            return refusal
        return self.faults.replies.get("END", f"250 2.0.0 Ok: queued as {attempt.number:08X}")

    def _keep(self, seen: Transaction, content: bytes) -> None:
        self._log.write(seen, content)
        if self.setup.remember:
            self.transactions.append(seen)
            if seen.stored:
                self.messages.append(content)


def _transaction(line: Line, envelope: Envelope, attempt: Try, fate: Fate) -> Transaction:
    content = envelope.original_content or b""
    now = time.time()
    return Transaction(
        time=datetime.fromtimestamp(now, UTC).isoformat(),
        message_id=attempt.message_id,
        sender=envelope.mail_from or "",
        to=tuple(envelope.rcpt_tos),
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
        started=line.started,
        ended=now,
        outcome=fate,
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a relay until SIGTERM or SIGINT; SIGUSR1 makes it well."""
    parser = argparse.ArgumentParser(prog="python -m hub.testing.smtp", description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--log", type=Path, help="append a JSON line for each message")
    parser.add_argument("--keep", type=Path, help="keep each message as a file in this folder")
    parser.add_argument("--max-size", type=int, default=MAX_SIZE)
    parser.add_argument("--faults", type=Faults.parse, default="", help="such as 'lose_answer=0.1 seed=7'")
    given = parser.parse_args(arguments)
    heard = {signal.SIGTERM, signal.SIGINT, signal.SIGUSR1}
    signal.pthread_sigmask(signal.SIG_BLOCK, heard)  # before there are threads: they inherit it
    with SmtpServer(Setup(**vars(given), remember=False)) as server:
        sys.stdout.write(f"{server.port}\n")
        sys.stdout.flush()
        while signal.sigwait(heard) == signal.SIGUSR1:
            server.faults = replace(server.faults, faults={}, replies={})


if __name__ == "__main__":
    main()
