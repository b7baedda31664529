"""The line to a relay: commands and replies, TLS, and a message whose last byte is sent by itself.

smtplib writes commands and parses replies; what it leaves open is decided here: how long to wait for what,
how much a relay may say, and on which side of the final dot a line broke.
"""

from __future__ import annotations

import contextlib
import smtplib
import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from hub import NotSent, SettingsError, Uncertain, show
from hub.failpoints import hit
from hub_email.replies import Reply, Stage

_CHUNK = 64 * 1024  # a time limit holds for each chunk, so that a slow line may carry a large message
_MOST_SAID = 256 * 1024  # all replies of one conversation together, in bytes
_ALL_SENT = "the whole message was sent"
_BROKEN = (smtplib.SMTPException, OSError)


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long to wait, in seconds.

    `answer` is for the reply to a whole message: RFC 5321 4.5.3.2.6 asks for ten minutes, and a shorter wait
    makes doubles of messages that were taken.
    """

    connect: float = 10.0
    reply: float = 60.0
    answer: float = 600.0


def _as_said(text: str) -> str:
    return text


class Line:
    """A connection that speaks SMTP; what fails on it before the final dot has left is NotSent.

    What the relay says passes through `hide`, which takes secrets out, before anybody else gets to see it.
    """

    def __init__(
        self, connection: socket.socket, timeouts: Timeouts, name: str, hide: Callable[[str], str] = _as_said
    ) -> None:
        self._timeouts = timeouts
        self._hide = hide
        self._smtp = smtplib.SMTP(local_hostname=name)
        self._in_message = False
        self._use(connection)

    def read(self, stage: Stage) -> Reply:
        """The next reply."""
        with self._broken_is_not_sent(stage):
            return self._reply(*self._smtp.getreply())

    def say(self, stage: Stage, command: str) -> Reply:
        """The reply to a command."""
        with self._broken_is_not_sent(stage):
            return self._reply(*self._smtp.docmd(command))

    def hello(self) -> Reply:
        """The reply to our name; it also says anew what the relay can do."""
        with self._broken_is_not_sent(Stage.HELLO):
            return self._reply(*self._smtp.ehlo())

    def feature(self, name: str) -> str | None:
        """What the relay said behind the name of an extension; None when it has not got it."""
        said = self._smtp.esmtp_features.get(name)
        return None if said is None else self._hide(said)

    def use_tls(self, context: ssl.SSLContext, host: str) -> None:
        """Encrypt from here on. What the relay said in plain and was not yet read is dropped."""
        try:
            self._use(context.wrap_socket(self._connection, server_hostname=host))
        except ssl.SSLCertVerificationError as error:
            why = f"{error.verify_message}; HUB_CA_FILE can add a CA"
            raise SettingsError("tls.certificate", f"the certificate of {host} is refused: {why}") from error
        except OSError as error:
            raise NotSent("tls", f"no encrypted line to {host}: {error}") from error

    def write(self, data: bytes) -> None:
        """Send a message (lines that end in CRLF) without the dot that ends it."""
        self._in_message = True
        dotted = memoryview(_with_dots_doubled(data))
        with self._broken_is_not_sent(Stage.MESSAGE):
            for start in range(0, len(dotted), _CHUNK):
                self._connection.sendall(dotted[start : start + _CHUNK])

    def end(self) -> Reply:
        """Send the final dot and wait for the answer; Uncertain when there is none that makes sense."""
        with self._broken_is_not_sent(Stage.MESSAGE):
            # A write that fails leaves the dot or its line end behind: the relay cannot have taken it.
            self._check_still_there()
            self._connection.sendall(b".\r\n")
        self._connection.settimeout(self._timeouts.answer)
        try:
            hit("send.request_written")
            reply = self._reply(*self._smtp.getreply())
            hit("send.response_read")
        except _BROKEN as error:
            raise Uncertain("smtp.no_answer", f"{_ALL_SENT}, no answer came: {self._shown(error)}") from error
        if not (reply.good or reply.temporary or reply.permanent):
            raise Uncertain("smtp.no_answer", f"{_ALL_SENT}, the answer makes no sense: {reply}")
        self._in_message = False
        return reply

    def close(self) -> None:
        """Say goodbye, unless that would end up in a message, and hang up; nothing here can fail any more."""
        with contextlib.suppress(*_BROKEN):
            if not self._in_message:
                self._smtp.putcmd("QUIT")
        with contextlib.suppress(*_BROKEN):
            self._smtp.close()

    def _use(self, connection: socket.socket) -> None:
        connection.settimeout(self._timeouts.reply)
        self._connection = connection
        self._smtp.sock = connection
        self._smtp.file = _Replies(connection.makefile("rb"))

    def _check_still_there(self) -> None:
        """Raise OSError when the relay has hung up: it took nothing, and a dot would only raise doubt."""
        self._connection.setblocking(False)
        try:
            # The plain socket's recv: an encrypted one cannot peek. Any byte at all means it is there.
            gone = socket.socket.recv(self._connection, 1, socket.MSG_PEEK) == b""
        except BlockingIOError:
            gone = False
        finally:
            self._connection.settimeout(self._timeouts.reply)
        if gone:
            raise ConnectionResetError("the relay hung up before the end of the message")

    def _reply(self, code: int, text: bytes) -> Reply:
        return Reply(code, self._hide(text.decode("utf-8", "replace")))

    def _shown(self, error: Exception) -> str:
        return show(self._hide(str(error)))

    @contextlib.contextmanager
    def _broken_is_not_sent(self, stage: Stage) -> Iterator[None]:
        try:
            yield
        except _BROKEN as error:
            raise NotSent("smtp.disconnected", f"{stage}: the line broke: {self._shown(error)}") from error


class _Replies:
    """What smtplib reads from: lines, up to a limit for the whole conversation."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._left = _MOST_SAID

    def readline(self, size: int) -> bytes:
        line = self._stream.readline(min(size, self._left + 1))
        self._left -= len(line)
        if self._left < 0:
            raise ConnectionAbortedError("the relay does not stop talking")
        return line

    def close(self) -> None:
        self._stream.close()


def _with_dots_doubled(data: bytes) -> bytes:
    """A dot at the start of a line becomes two, so that none is taken for the end; often the same bytes again."""
    first = b"." + data if data.startswith(b".") else data
    return first.replace(b"\n.", b"\n..")
