"""The mail server of the kill test: a process of its own, which keeps what arrives and has a log of its own."""

from __future__ import annotations

import hashlib
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes
from email.policy import SMTP
from pathlib import Path

from hub.testing.smtp_log import Fate, read_log

_TIMEOUT = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One message that arrived. `paper` is the SHA-256 of the XML inside; times are Unix seconds."""

    message_id: str
    to: str
    sha256: str
    paper: str
    started: float
    ended: float
    answered: bool

    @property
    def key(self) -> str:
        """The name of the delivery that the message carries."""
        return self.message_id.strip("<>").partition("@")[0]


@dataclass(frozen=True, slots=True)
class Relay:
    """A server that listens on this machine at `port`."""

    port: int
    log: Path
    keep: Path
    process: subprocess.Popen[str] | None = None

    def recover(self) -> None:
        """From now on all goes well."""
        if self.process:
            self.process.send_signal(signal.SIGUSR1)

    def letters(self) -> list[Letter]:
        """All that arrived until now, in order of arrival."""
        papers = {_sha256(data): _paper(data) for data in map(Path.read_bytes, self.keep.glob("*.eml"))}
        return [
            Letter(
                message_id=seen.message_id,
                to=seen.to[0],
                sha256=seen.sha256,
                paper=papers[seen.sha256],
                started=seen.started,
                ended=seen.ended,
                answered=seen.outcome is Fate.ACCEPTED,
            )
            for seen in read_log(self.log)
            if seen.stored
        ]


@contextmanager
def relay(folder: Path, faults: str) -> Iterator[Relay]:
    """A relay with these faults (see `hub.testing.faults`), from start to end of the block."""
    log, keep = folder / "relay.jsonl", folder / "relay"
    server = [sys.executable, "-m", "hub.testing.smtp", "--port", "0"]
    where = ["--log", str(log), "--keep", str(keep), "--faults", faults]
    with subprocess.Popen([*server, *where], stdout=subprocess.PIPE, text=True) as process:
        try:
            port = process.stdout.readline() if process.stdout else ""
            yield Relay(int(port), log, keep, process)
        finally:
            process.terminate()
            process.wait(_TIMEOUT)


def _paper(data: bytes) -> str:
    """The hash of the XML in a message; of no bytes when there is none, which no paper has."""
    for part in message_from_bytes(data, policy=SMTP).iter_attachments():
        if part.get_content_subtype() == "xml":
            return _sha256(part.get_content())
    return _sha256(b"")


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
