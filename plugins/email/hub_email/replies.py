"""What a relay's replies mean: which refusal, at which stage, becomes which error. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from hub import Held, LoginNeeded, NotSent, Problem, Rejected, SettingsError, Severity, show

_SHOWN = 300
_QUEUE_ID = re.compile(r"(?:queued as|id=)\s*([\w.:-]{1,100})", re.IGNORECASE)
_LOGIN_CODES = frozenset({530, 534, 535, 538})  # RFC 4954: login needed, too weak, wrong, only encrypted
_TOO_LARGE = 552
_CLOSING = 421
_GOOD, _LATER, _NEVER = 2, 4, 5  # a code's first digit


class Stage(StrEnum):
    """How far the conversation is; named in every error."""

    GREETING = "greeting"
    HELLO = "EHLO"
    STARTTLS = "STARTTLS"
    LOGIN = "AUTH"
    CHECK = "NOOP"
    SENDER = "MAIL"
    RECIPIENT = "RCPT"
    START = "DATA"
    MESSAGE = "message"


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply, its lines joined; code -1 is no SMTP."""

    code: int
    text: str

    @property
    def good(self) -> bool:
        """The relay did what was asked."""
        return self.code // 100 == _GOOD

    @property
    def temporary(self) -> bool:
        """Not now."""
        return self.code // 100 == _LATER

    @property
    def permanent(self) -> bool:
        """Not like this."""
        return self.code // 100 == _NEVER

    def __str__(self) -> str:
        return show(f"{self.code} {self.text}", limit=_SHOWN)

    @property
    def queue_id(self) -> str:
        """The relay's own name for what it took; all it said when no name is found in that."""
        found = _QUEUE_ID.search(self.text)
        return show(found[1] if found else self.text, limit=_SHOWN) or str(self.code)


Refusal = NotSent | Rejected | Held | LoginNeeded | SettingsError


def refusal(stage: Stage, reply: Reply) -> Refusal:
    """The error for a reply that is not good; nothing was taken, also when it answers a whole message."""
    said = f"{stage}: the relay answered {reply}"
    if reply.code in _LOGIN_CODES or (stage is Stage.LOGIN and reply.permanent):
        return LoginNeeded(f"smtp.{reply.code}", said)
    if reply.code == _TOO_LARGE:
        return Held("too_large", said)
    if not reply.permanent:
        return NotSent(f"smtp.{reply.code}", said, unwell=_is_unwell(stage, reply))
    if stage in {Stage.START, Stage.MESSAGE}:
        return Rejected([Problem(f"smtp.{reply.code}", said, severity=Severity.FATAL)])
    return SettingsError(f"smtp.{reply.code}", said)


def _is_unwell(stage: Stage, reply: Reply) -> bool:
    """A "not now" to one recipient or message (greylisting, a full mailbox) says nothing about the others."""
    about_this_paper = stage in {Stage.RECIPIENT, Stage.START, Stage.MESSAGE}
    return reply.code == _CLOSING or not about_this_paper or not reply.temporary
