"""The receiver's protocol: one POST an event, and what each answer means."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from hub import (
    File,
    Health,
    Held,
    NotSent,
    Problem,
    Receipt,
    Rejected,
    SettingsError,
    Severity,
    Step,
    Turn,
    Uncertain,
    show,
)
from hub.http import Http, Reply
from hub_webhook.settings import Settings
from hub_webhook.signature import signed

Refusal = NotSent | Rejected | Held | SettingsError | Uncertain

_LOOK = 2.5  # seconds; a look is tried three times, and a test has 10 s in all
_SHOWN = 300
_SIGNATURE = ("signature", "is it the same secret, and are both clocks right?")
# Nothing can be delivered there until somebody mends a setting: a reason, and what to look at.
_MISSED: Mapping[int, tuple[str, str]] = {
    401: _SIGNATURE,
    403: _SIGNATURE,
    404: ("", "is it the whole address?"),
    405: ("", "is it the whole address?"),
    410: ("gone", "it wants no more events: ask whoever runs it"),
}
_NOT_NOW = frozenset({408, 425, 429})
_TOO_LARGE, _BUSY = 413, 503
_GOOD, _MOVED, _WRONG, _BROKEN = 200, 300, 400, 500  # where each hundred of statuses begins


@dataclass(frozen=True, slots=True)
class Client:
    """Calls to the receiver of one destination."""

    http: Http
    settings: Settings
    now: datetime

    def send(self, part: File, key: str) -> Receipt:
        """Hand over one event, once. Raises what the answer means; NotSent and Uncertain come from `http` too."""
        body = part.read()
        headers = {"Content-Type": part.media_type, **signed(key, self.now, body, tuple(self._secrets()))}
        reply = self.http.send("POST", self.settings.url, content=body, headers=headers, timeout=self.settings.timeout)
        if _GOOD <= reply.status < _MOVED:
            return Receipt(key, self.now, {"status": str(reply.status)})
        raise self.refusal(reply)

    def refusal(self, reply: Reply) -> Refusal:
        """The error for an answer that is not 2xx."""
        status, wait = reply.status, reply.retry_after(self.now)
        code, said = f"http.{status}", f"the receiver answered {status}: {self._said(reply)}"
        if status in _MISSED or status < _WRONG:
            reason, hint = _MISSED.get(status, ("", "give the address where it is now"))
            return SettingsError(reason or code, f"{said}; {hint}")
        if status == _TOO_LARGE:
            return Held("too_large", said)
        if status in _NOT_NOW or (status == _BUSY and wait is not None):
            return NotSent(code, said, retry_after=wait)
        if status < _BROKEN:
            return Rejected([Problem(code, said, severity=Severity.FATAL)])
        return Uncertain(code, said)

    def look(self) -> Health:
        """Whether somebody is there. Any answer will do: what it says to an event is known only by sending one."""
        try:
            reply = self.http.get(self.settings.url, timeout=_LOOK)
        except (NotSent, SettingsError) as error:
            turn = Turn.NETWORK if isinstance(error, NotSent) else Turn.YOU
            return Health(steps=(Step("address", ok=False, message=f"{error.reason}: {error.detail}"),), turn=turn)
        return Health(steps=(Step("address", ok=True, message=f"it answered {reply.status} to a look"),))

    def _secrets(self) -> Iterator[str]:
        """The secret, and the old one while there is one."""
        for secret in (self.settings.secret, self.settings.old_secret):
            if secret is not None:
                yield secret.get_secret_value()

    def _said(self, reply: Reply) -> str:
        """What the receiver said, without our secrets, should it repeat them."""
        text = reply.text
        for secret in self._secrets():
            text = text.replace(secret, "***").replace(secret.partition("_")[2], "***")
        return show(text, limit=_SHOWN)
