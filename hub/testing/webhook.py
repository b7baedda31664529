"""A receiver by the Standard Webhooks scheme 1.0: checks each signature, keeps each id once, fails on request.

In a test: `with WebhookReceiver(SECRET) as far_side: ... far_side.url ... far_side.taken`. It is written from the
receiver's side of https://www.standardwebhooks.com and shares no code with any sender.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hub.testing.faults import Fault, Faults, Try
from hub.testing.receiver import Answer, Receiver, Request

_PREFIX = "whsec_"
_TOLERANCE = 300  # seconds that the clocks may differ
_DUE_SOON = {"Retry-After": "1"}


@dataclass(frozen=True, slots=True)
class Taken:
    """A message that was kept: its id, its body as it came, and how often it came with a good signature."""

    id: str
    event: Mapping[str, Any]
    body: bytes
    times: int = 1


class WebhookReceiver(Receiver):
    """Takes messages signed with the secret. `faults` and `refusal` (an answer to all) may be changed meanwhile."""

    def __init__(self, secret: str, faults: Faults | None = None) -> None:
        super().__init__(self._receive)
        self.secret = secret
        self.faults = faults or Faults()
        self.refusal: Answer | None = None
        self.now: float | None = None  # Unix seconds, where the sender's clock is a test's
        self.turned_away: list[str] = []
        self._tries: Counter[str] = Counter()
        self._taken: dict[str, Taken] = {}

    @property
    def taken(self) -> list[Taken]:
        """What was kept, each id once."""
        return list(self._taken.values())

    def _receive(self, request: Request) -> Answer:
        if request.method != "POST":
            return Answer(405, headers={"Allow": "POST"})
        if self.refusal:
            return self.refusal
        if wrong := self.verdict(request):
            self.turned_away.append(wrong)
            return Answer(401, wrong.encode())
        id_ = request.headers["webhook-id"]
        self._tries[id_] += 1
        fault = self.faults.fault_of(Try(self._tries.total(), self._tries[id_], id_))
        if fault in _NOT_KEPT:
            return _NOT_KEPT[fault]
        self._keep(id_, request)
        return _KEPT.get(fault, Answer(204)) if fault else Answer(204)

    def verdict(self, request: Request) -> str:
        """Why a request is not believed; empty when it is."""
        headers = request.headers
        id_, at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
        if not id_ or not at.isdecimal() or "." in id_:
            return "no id or no time"
        now = request.at if self.now is None else self.now
        if abs(now - int(at)) > _TOLERANCE:
            return "too old or too new"
        expected = hmac.digest(_key(self.secret), f"{id_}.{at}.".encode() + request.body, hashlib.sha256)
        given = [_decoded(word) for word in headers.get("webhook-signature", "").split(" ")]
        return "" if any(hmac.compare_digest(expected, one) for one in given) else "no signature that fits"

    def _keep(self, id_: str, request: Request) -> None:
        """Keep it once: a repeat with the same id is thanked for and dropped, one with other bytes is a fault."""
        before = self._taken.get(id_)
        if before is None:
            self._taken[id_] = Taken(id_, request.json(), request.body)
        elif before.body == request.body:
            self._taken[id_] = Taken(id_, before.event, before.body, before.times + 1)
        else:
            self.turned_away.append(f"{id_} came with other bytes")


_NOT_KEPT: Mapping[Fault | None, Answer] = {
    Fault.GREYLIST: Answer(429, b"slow down", _DUE_SOON),
    Fault.REJECT: Answer(422, b"this is no paper"),
    Fault.FAIL: Answer(500, b"out of order"),
    Fault.DROP: Answer(cut=True),
}
_KEPT: Mapping[Fault, Answer] = {Fault.LOSE_ANSWER: Answer(cut=True), Fault.HANG: Answer(hang=True)}


def _key(secret: str) -> bytes:
    return base64.b64decode(secret.removeprefix(_PREFIX), validate=True)


def _decoded(word: str) -> bytes:
    """The bytes of one `v1,BASE64`; empty for another version, or what is none."""
    version, _, code = word.partition(",")
    try:
        return base64.b64decode(code, validate=True) if version == "v1" else b""
    except binascii.Error:
        return b""
