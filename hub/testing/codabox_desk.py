"""What a pretended CodaBox knows and decides: clients, mailed tokens, credentials, papers taken, and what goes wrong.

The upload and its answers are an ASSUMPTION: CodaBox publishes neither. This is the side that the hub expects.
"""

from __future__ import annotations

import collections
import shlex
import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from hub.testing.codabox_papers import Paper, Taken, TakenLog
from hub.testing.faults import Try, When


class Standing(StrEnum):
    """What CodaBox knows of an enterprise number that asks for a token."""

    KNOWN = "known"
    NO_OFFICE = "no_office"
    NO_EMAIL = "no_email"
    LINKED_ELSEWHERE = "linked_elsewhere"


class Fault(StrEnum):
    """What can happen to an upload instead of 201."""

    CUT_BEFORE = "cut_before"  # the line is cut before the body is read; not kept
    CUT_AFTER = "cut_after"  # kept, and the line is cut without an answer
    RECEIVED = "received"  # 202: kept, to be judged later
    NOT_JSON = "not_json"  # kept, and the answer is a page for people
    REFUSED = "refused"  # 400 with detail
    UNPROCESSABLE = "unprocessable"  # 422 with a list of details
    REVOKED = "revoked"  # 401: the link worked and no longer does
    FORBIDDEN = "forbidden"  # 403
    DUPLICATE = "duplicate"  # 409, though this hub never sent it
    TOO_LARGE = "too_large"  # 413
    BUSY = "busy"  # 429 with Retry-After
    BROKEN = "broken"  # 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """When which upload fails. `retry_after` (seconds) goes with 429; `echo` is said in the detail of refusals."""

    faults: Mapping[Fault, When] = field(default_factory=dict)
    retry_after: str = "7"
    echo: str = ""

    @classmethod
    def parse(cls, text: str) -> Plan:
        """Read `broken=#1,2 cut_after=always retry_after=7`; or raise ValueError."""
        words = dict(word.split("=", 1) for word in shlex.split(text))
        retry_after, echo = words.pop("retry_after", "7"), words.pop("echo", "")
        faults = {Fault(word): When.parse(when) for word, when in words.items()}
        return cls(faults=faults, retry_after=retry_after, echo=echo)

    def fault_of(self, attempt: Try) -> Fault | None:
        """The fault that hits this upload, if any."""
        return next((fault for fault, when in self.faults.items() if when.hits(attempt, 0.5)), None)


@dataclass(frozen=True, slots=True)
class Answer:
    """A status and what goes with it; `cut` means that the line is cut instead."""

    status: int
    body: Any = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Mail:
    """A token on its way to the address that CodaBox has on file."""

    number: str
    token: str


_ACCESS: Mapping[Standing | None, Answer] = {
    None: Answer(404, {"code": "notFound", "detail": "Unknown enterprise number."}),
    Standing.NO_OFFICE: Answer(400, {"code": "unknownAccountingOffice", "detail": "No accounting office."}),
    Standing.NO_EMAIL: Answer(400, {"code": "noEmail", "detail": "No e-mail address on file."}),
    Standing.LINKED_ELSEWHERE: Answer(409, {"code": "alreadyRegistered", "detail": "Revoke the other link first."}),
}
_REFUSED: Mapping[Fault, tuple[int, Any]] = {
    Fault.REFUSED: (400, "The invoice has no lines."),
    Fault.UNPROCESSABLE: (422, ["The total is wrong.", "The date is wrong."]),
    Fault.REVOKED: (401, "The link was revoked."),
    Fault.FORBIDDEN: (403, "Not allowed."),
    Fault.DUPLICATE: (409, "This invoice was sent before."),
    Fault.TOO_LARGE: (413, "Too large."),
    Fault.BUSY: (429, "Slow down."),
    Fault.BROKEN: (500, "Internal error."),
}


class Desk:
    """The whole state; every method is one decision, safe over threads."""

    def __init__(self, clients: Mapping[str, Standing], log: TakenLog, *, year_lock: bool = True) -> None:
        self.clients = dict(clients)
        self.plan = Plan()
        self.year_lock = year_lock
        self.mails: list[Mail] = []
        self.papers: list[Taken] = []
        self.uploads = 0
        self._log = log
        self._tokens: dict[str, str] = {}
        self._credentials: dict[str, tuple[str, str]] = {}  # user name -> password, enterprise number
        self._tries: collections.Counter[str] = collections.Counter()
        self._lock = threading.Lock()

    def request_token(self, number: str) -> Answer:
        """Mail a token, or say why not."""
        with self._lock:
            refused = _ACCESS.get(self.clients.get(number))
            if refused is None:
                self.mails.append(Mail(number, uuid.uuid4().hex))
                self._tokens[self.mails[-1].token] = number
            return refused or Answer(201, {})

    def redeem(self, token: str) -> Answer:
        """Credentials for a token, once."""
        with self._lock:
            number = self._tokens.pop(token, None)
            if number is None:
                return Answer(404, {"detail": "Not found."})
            user, password = f"client-{number}", uuid.uuid4().hex
            self._credentials[user] = (password, number)
            return Answer(200, {"username": user, "password": password})

    def client_of(self, user: str, password: str) -> str:
        """The enterprise number that these belong to; empty when they are wrong or revoked."""
        kept, number = self._credentials.get(user, ("", ""))
        return number if kept and kept == password else ""

    def password_of(self, number: str) -> str:
        """The password that belongs to a linked enterprise number; it must be linked."""
        return next(password for password, owner in self._credentials.values() if owner == number)

    def revoke(self, number: str) -> None:
        """End a link: its credentials are refused from now on."""
        with self._lock:
            self._credentials = {user: one for user, one in self._credentials.items() if one[1] != number}

    def pod_client(self, number: str) -> Answer:
        """Who is linked, in the form of the delivery API."""
        feed = {"id": 1, "client_id": number, "client_name": f"Client {number}", "client_code": "EXAMPLE"}
        return Answer(200, {"id": "pod-example", "fetch_delay": 7200, "feed_clients": [feed]})

    def next_fault(self, key: str) -> Fault | None:
        """Count an upload and say what is to happen to it, before its body is read."""
        with self._lock:
            self.uploads += 1
            self._tries[key] += 1
            return self.plan.fault_of(Try(self.uploads, self._tries[key], key))

    def refusal(self, fault: Fault) -> Answer:
        """The answer of a fault that only refuses."""
        status, detail = _REFUSED[fault]
        told = f"{detail} {self.plan.echo}" if self.plan.echo else detail
        headers = {"Retry-After": self.plan.retry_after} if fault is Fault.BUSY else {}
        return Answer(status, {"detail": told}, headers)

    def take(self, number: str, paper: Paper, fault: Fault | None) -> Answer:
        """Judge a paper and keep it: sales only, once, no year before the last one."""
        if fault is not None and fault in _REFUSED:
            return self.refusal(fault)
        with self._lock:
            refused = self._judge(number, paper)
            return refused or self._keep(number, paper, fault)

    def _judge(self, number: str, paper: Paper) -> Answer | None:
        if paper.problem:
            return Answer(400, {"detail": paper.problem})
        if paper.supplier != number:
            return Answer(400, {"detail": "Purchase documents are not accepted."})
        mine = [seen for seen in self.papers if seen.client == number]
        if any((seen.kind, seen.number) == (paper.kind, paper.number) for seen in mine):
            return Answer(409, {"detail": "This invoice was sent before."})
        if self.year_lock and any(seen.date[:4] > paper.date[:4] for seen in mine):
            return Answer(400, {"detail": "The year of this invoice is closed."})
        return None

    def _keep(self, number: str, paper: Paper, fault: Fault | None) -> Answer:
        state = "received" if fault is Fault.RECEIVED else "delivered"
        taken = Taken.of(number, paper, state)
        self._log.write(taken)
        self.papers.append(taken)
        if fault is Fault.NOT_JSON:
            return Answer(201, "<html>Thank you.</html>")
        return Answer(202 if fault is Fault.RECEIVED else 201, {"id": taken.id}, cut=fault is Fault.CUT_AFTER)

    def state_of(self, number: str, paper_id: str) -> Answer:
        """What became of a paper of this client."""
        for seen in self.papers:
            if (seen.client, seen.id) == (number, paper_id):
                return Answer(200, {"state": seen.state, "reason": seen.reason})
        return Answer(404, {"detail": "Not found."})

    def set_state(self, paper_id: str, state: str, reason: str) -> None:
        """Decide what becomes of a paper that was only received."""
        with self._lock:
            self.papers = [
                replace(seen, state=state, reason=reason) if seen.id == paper_id else seen for seen in self.papers
            ]
