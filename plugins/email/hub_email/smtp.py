"""One message in one SMTP conversation, over a connection that the address guard made."""

from __future__ import annotations

import base64
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from hub import Held, SettingsError, show
from hub.net import Guard
from hub_email.line import Line, Timeouts
from hub_email.replies import Reply, Stage, refusal
from hub_email.settings import Relay, Security

_GO_AHEAD, _CHALLENGE = 354, 334


@dataclass(frozen=True, slots=True)
class Wire:
    """How connections are made."""

    guard: Guard
    timeouts: Timeouts = field(default_factory=Timeouts)


@dataclass(frozen=True, slots=True)
class Mail:
    """One message for one recipient; `data` is what leaves, in lines that end in CRLF."""

    sender: str
    recipient: str
    data: bytes


def send(relay: Relay, mail: Mail, wire: Wire) -> Reply:
    """Hand a message to the relay; the reply is the one that took it.

    Raises NotSent, Rejected, Held, LoginNeeded, SettingsError, and Uncertain when the last answer is missing.
    """
    with Conversation.opened(relay, wire) as conversation:
        conversation.greet()
        conversation.encrypt()
        conversation.log_in()
        return conversation.hand_over(mail)


class Conversation:
    """The steps of one conversation, in their order; each raises what its failure means."""

    def __init__(self, relay: Relay, wire: Wire, line: Line) -> None:
        self._relay = relay
        self._wire = wire
        self._line = line

    @classmethod
    @contextlib.contextmanager
    def opened(cls, relay: Relay, wire: Wire) -> Iterator[Conversation]:
        """A conversation over a new connection, which is closed at the end."""
        connection = wire.guard.connect(relay.host, relay.port, wire.timeouts.connect)
        line = Line(connection, wire.timeouts, relay.mailbox.domain, relay.hide)
        try:
            yield cls(relay, wire, line)
        finally:
            line.close()

    def greet(self) -> None:
        """Exchange names, unless the line is to be encrypted from its first byte."""
        if self._relay.security is not Security.TLS:
            self._introduce()

    def encrypt(self) -> None:
        """Protect the line as the settings say, or raise before anything of worth is said."""
        if self._relay.security is Security.NONE:
            return
        if self._relay.security is Security.STARTTLS:
            self._ask_for_tls()
        self._line.use_tls(self._wire.guard.tls_context(), self._relay.host.rstrip("."))
        if self._relay.security is Security.TLS:
            self._introduce()
        else:
            _good(Stage.HELLO, self._line.hello())  # what it said in plain may be someone else's

    def log_in(self) -> None:
        """Prove who we are, if there is a username: in one way and once, so that no account gets locked."""
        user, password = self._relay.username, self._relay.password.get_secret_value()
        if not user:
            return
        offered = (self._line.feature("auth") or "").upper().split()
        if "PLAIN" in offered:
            self._authenticate("AUTH PLAIN", f"\0{user}\0{password}")
        elif "LOGIN" in offered:
            self._authenticate("AUTH LOGIN", user, password)
        else:
            ways = show(" ".join(offered)) or "none at all"
            raise SettingsError("smtp.no_login", f"the relay offers no login by password; it offers {ways}")

    def check(self) -> None:
        """Ask for a sign of life."""
        self._command(Stage.CHECK, "NOOP")

    def hand_over(self, mail: Mail) -> Reply:
        """Name sender, recipient and size, then send the message."""
        limit = self._line.feature("size")
        if limit and limit.isdecimal() and 0 < int(limit) < len(mail.data):
            raise Held("too_large", f"the message has {len(mail.data)} bytes, the relay takes {limit}")
        size = "" if limit is None else f" SIZE={len(mail.data)}"
        self._command(Stage.SENDER, f"MAIL FROM:<{mail.sender}>{size}")
        self._command(Stage.RECIPIENT, f"RCPT TO:<{mail.recipient}>")
        ready = self._line.say(Stage.START, "DATA")
        if ready.code != _GO_AHEAD:
            raise refusal(Stage.START, ready)
        self._line.write(mail.data)
        return _good(Stage.MESSAGE, self._line.end())

    def _introduce(self) -> None:
        _good(Stage.GREETING, self._line.read(Stage.GREETING))
        _good(Stage.HELLO, self._line.hello())

    def _ask_for_tls(self) -> None:
        if self._line.feature("starttls") is None:
            sentence = "the relay does not offer STARTTLS, so nothing was sent; is security or port wrong?"
            raise SettingsError("smtp.no_starttls", sentence)
        self._command(Stage.STARTTLS, "STARTTLS")

    def _authenticate(self, command: str, *answers: str) -> None:
        reply = self._line.say(Stage.LOGIN, command)
        for answer in answers:
            if reply.code != _CHALLENGE:
                break
            reply = self._line.say(Stage.LOGIN, base64.b64encode(answer.encode()).decode())
        _good(Stage.LOGIN, reply)

    def _command(self, stage: Stage, command: str) -> None:
        _good(stage, self._line.say(stage, command))


def _good(stage: Stage, reply: Reply) -> Reply:
    if not reply.good:
        raise refusal(stage, reply)
    return reply
