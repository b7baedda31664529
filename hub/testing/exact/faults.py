"""What goes wrong on request: which requests a fault hits, and what it makes of the answer.

As text: `lose_answer=0.1@SalesEntries too_many=#3 slow=always@Accounts:2.5`: fault, when (a share of the requests on
their first try, the nth that the rule looks at, or all), where (a part of `METHOD path`), and for `slow` and `late`
seconds. A plus after the name (`server_error+=#1`) lets the request be carried out before the answer is spoilt.
The token endpoint is looked at by the two faults of its own, and by others only where `oauth2` is named.
"""

from __future__ import annotations

import collections
import hashlib
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from hub.testing.exact.oauth import TOKEN
from hub.testing.exact.tokens import OLD
from hub.testing.exact.wire import Answer, Refused, Request, html_answer, json_answer
from hub.testing.faults import Try, When


class Fault(StrEnum):
    """What can happen to a request."""

    LOSE_ANSWER = "lose_answer"  # carried out, then the connection is reset
    LOSE_REQUEST = "lose_request"  # the connection is reset before anything was done
    LATE = "late"  # the connection is reset at once, and the request carried out some seconds later
    SLOW = "slow"  # carried out, and the answer waits
    TOO_MANY = "too_many"  # 429
    SERVER_ERROR = "server_error"  # 500 without JSON
    UNAVAILABLE = "unavailable"  # 503 with HTML
    MAINTENANCE = "maintenance"  # 200 with HTML
    REQUEST_TIMEOUT = "request_timeout"  # 408
    LOSE_TOKENS = "lose_tokens"  # the tokens are rotated, then the connection is reset
    REFUSE_REFRESH = "refuse_refresh"  # 401 Old refresh token used.
    REFUSE_TOKEN = "refuse_token"  # noqa: S105 - 401 on the API
    FORBID_DIVISION = "forbid_division"  # 403, the user's right
    VIOLATE_SCOPE = "violate_scope"  # 403, the app's scope


_AT_TOKENS = frozenset({Fault.LOSE_TOKENS, Fault.REFUSE_REFRESH})
CUT = frozenset({Fault.LOSE_ANSWER, Fault.LOSE_REQUEST, Fault.LATE, Fault.LOSE_TOKENS})
_CARRIED_OUT = frozenset({Fault.LOSE_ANSWER, Fault.LATE, Fault.SLOW, Fault.LOSE_TOKENS})
_GUID = re.compile(rb"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")


def _oauth_refusal() -> Answer:
    return json_answer(401, {"error": "unauthorized_client", "error_description": OLD}, OLD)


_ANSWERS: Mapping[Fault, Callable[[], Answer]] = {
    Fault.TOO_MANY: lambda: Answer(429, told="too many, on request"),
    Fault.SERVER_ERROR: lambda: Answer(500, b"Internal Server Error", {"Content-Type": "text/plain"}),
    Fault.UNAVAILABLE: lambda: html_answer(503, "Service Unavailable"),
    Fault.MAINTENANCE: lambda: html_answer(200, "Exact Online is in onderhoud"),
    Fault.REQUEST_TIMEOUT: lambda: html_answer(408, "Request Timeout"),
    Fault.REFUSE_REFRESH: _oauth_refusal,
    Fault.REFUSE_TOKEN: lambda: Refused(401, "Unauthorized").answer(),
    Fault.FORBID_DIVISION: lambda: Refused(
        403, "Forbidden - User division is not within division scope", "NoDivisionAccess"
    ).answer(),
    Fault.VIOLATE_SCOPE: lambda: Refused(
        403, "Forbidden - Application Scope Violated. Cannot manage 'sales.invoices' scope."
    ).answer(),
}


@dataclass(frozen=True, slots=True)
class Rule:
    """A fault, when and where. `seconds` are ours, not those of the wire."""

    fault: Fault
    when: When
    where: str = ""
    seconds: float = 30.0
    carried_out: bool = False

    @classmethod
    def parse(cls, text: str) -> Rule:
        """Read one word of the text form; raises ValueError."""
        name, _, rest = text.partition("=")
        when, _, place = rest.partition("@")
        where, _, seconds = place.partition(":")
        fault = Fault(name.rstrip("+"))
        carried_out = name.endswith("+") or fault in _CARRIED_OUT
        return cls(fault, When.parse(when), where, float(seconds or 30), carried_out)

    def looks_at(self, request: Request) -> bool:
        """Whether this request is one of those that the rule may hit."""
        if self.fault in _AT_TOKENS:
            return request.path == TOKEN
        place = "/api/oauth2/" if "oauth2" in self.where else "/api/v1/"
        return request.path.startswith(place) and self.where in f"{request.method} {request.path}"

    def answer(self) -> Answer | None:
        """What is answered instead; None when the answer stays."""
        made = _ANSWERS.get(self.fault)
        return made() if made else None


@dataclass(slots=True)
class Rules:
    """All rules of a server; of several that hit the first counts."""

    seed: int = 0
    rules: list[Rule] = field(default_factory=list)
    _seen: collections.Counter[int] = field(default_factory=collections.Counter)
    _tries: collections.Counter[tuple[int, bytes]] = field(default_factory=collections.Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, text: str) -> None:
        """Add the rules of a text."""
        added = [Rule.parse(word) for word in text.split()]
        with self._lock:
            self.rules += added

    def clear(self) -> None:
        """From now on all goes well."""
        with self._lock:
            self.rules.clear()
            self._seen.clear()
            self._tries.clear()

    def hit(self, request: Request) -> Rule | None:
        """The rule that hits this request; every rule that looks at it counts it."""
        with self._lock:
            hits = [rule for place, rule in enumerate(self.rules) if self._hits(place, rule, request)]
        return hits[0] if hits else None

    def _hits(self, place: int, rule: Rule, request: Request) -> bool:
        if not rule.looks_at(request):
            return False
        whole = f"{request.method} {request.target}\n".encode() + request.body
        name = place, hashlib.sha256(whole).digest()
        self._seen[place] += 1
        self._tries[name] += 1
        sent = f"{self._seen[place]}".encode() if request.path == TOKEN else _GUID.sub(b"", whole.lower())
        return rule.when.hits(Try(self._seen[place], self._tries[name], ""), self._lot(rule.fault, sent))

    def _lot(self, fault: Fault, sent: bytes) -> float:
        """A number from 0 to 1 that the seed and what was sent decide; ids and tokens that we gave do not count."""
        digest = hashlib.sha256(f"{self.seed}\n{fault}\n".encode() + sent).digest()
        return int.from_bytes(digest[:8], "big") / 2**64
