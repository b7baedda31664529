"""The whole far side without its sockets: one request in, one answer out, and a line in the ledger for each."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from hub.testing.exact import control, seeds
from hub.testing.exact.api import Api
from hub.testing.exact.clock import Clock
from hub.testing.exact.entities import Entities
from hub.testing.exact.faults import CUT, Fault, Rule, Rules
from hub.testing.exact.ledger import Ledger
from hub.testing.exact.limits import Limits
from hub.testing.exact.oauth import AUTHORIZE, TOKEN, App, OAuth
from hub.testing.exact.tokens import Tokens
from hub.testing.exact.wire import Answer, Request, html_answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """How a far side is set up. `ledger` is a file that is gone on with when it exists.

    `time_scale` divides every time of the wire: token life, the 570 seconds, minute, hour, day; `expires_in` is told
    as it is, so that a client with a margin in real seconds learns the truth from a 401. `faults` is the text that
    `hub.testing.exact.faults` reads. Without `forgiving` an old refresh token is refused at once.
    """

    port: int = 0
    ledger: Path | None = None
    time_scale: float = 1.0
    seed: int = 0
    faults: str = ""
    language: str = "nl"
    per_minute: int = 60
    per_day: int = 5000
    errors_per_hour: int = 10
    token_calls_per_day: int = 200
    forgiving: bool = True
    must_filter: bool = True
    expires_in: str = "600"
    apps: tuple[App, ...] = (App(),)
    companies: seeds.Companies = field(default_factory=lambda: seeds.COMPANIES)


class Site:
    """Everything behind the sockets."""

    def __init__(self, setup: Setup, ledger: Ledger, url: str) -> None:
        self.stopping = threading.Event()
        self._ledger = ledger
        self._clock = _clock(setup, ledger)
        self._entities = Entities(ledger, seeds.content(setup.companies))
        self._rules = Rules(setup.seed)
        self._rules.add(setup.faults)
        self._limits = Limits(self._clock, setup.per_minute, setup.per_day, setup.errors_per_hour)
        tokens = Tokens(self._clock, ledger, setup.forgiving, setup.token_calls_per_day)
        tokens.restore()
        self._oauth = OAuth(tokens, setup.apps, setup.expires_in)
        self._api = self._new_api(setup, tokens, url)
        self._control = control.Control(ledger, self._entities, self._rules, self._clock)
        self._lock = threading.RLock()
        self._number = len(ledger.of("request"))
        self._belated: list[threading.Thread] = []

    @classmethod
    @contextmanager
    def opened(cls, setup: Setup, url: str) -> Iterator[Site]:
        """A site whose ledger is closed at the end."""
        with Ledger.opened(setup.ledger, setup.seed) as ledger:
            site = cls(setup, ledger, url)
            try:
                yield site
            finally:
                site.stopping.set()
                for thread in site._belated:
                    thread.join()

    def answer(self, request: Request) -> Answer | None:
        """Carry out one request; None when the line is to be cut instead."""
        if request.path.startswith(control.PREFIX):
            with self._lock:
                return self._control.answer(request)
        with self._lock:
            self._number += 1
            request = replace(request, number=self._number)
            rule = self._rules.hit(request)
            if rule and rule.fault is Fault.LATE:
                self._postpone(request, rule)
                return None
            answer = self._carried_out(request, rule)
            self._note(request, answer, rule)
        if rule and rule.fault is Fault.SLOW:
            self.stopping.wait(rule.seconds)
        return None if rule and rule.fault in CUT else answer

    def _postpone(self, request: Request, rule: Rule) -> None:
        """Carry out a request when its client has long gone: an answer that is missing says nothing."""

        def carry_out() -> None:
            if not self.stopping.wait(rule.seconds):
                with self._lock:
                    self._note(request, self._route(request), rule)

        self._belated.append(threading.Thread(target=carry_out, name="belated"))
        self._belated[-1].start()

    def _carried_out(self, request: Request, rule: Rule | None) -> Answer:
        answer = self._route(request) if rule is None or rule.carried_out else Answer(0)
        spoilt = rule.answer() if rule else None
        if rule and spoilt and rule.fault is Fault.TOO_MANY:
            return spoilt.with_headers(self._limits.minutely(self._api.caller(request), left=0))
        return spoilt or answer

    def _route(self, request: Request) -> Answer:
        if request.path in {AUTHORIZE, TOKEN}:
            return self._oauth.answer(request)
        if request.path.startswith("/api/v1/"):
            return self._api.answer(request)
        return html_answer(404, "Not Found")

    def _note(self, request: Request, answer: Answer, rule: Rule | None) -> None:
        """`status` is what was answered, or would have been; `done` whether the request was carried out."""
        self._ledger.write(
            "request",
            number=request.number,
            time=time.time(),
            method=request.method,
            target=request.target,
            status=answer.status,
            told=answer.told,
            fault=rule.fault if rule else None,
            done=rule is None or rule.carried_out,
        )

    def _new_api(self, setup: Setup, tokens: Tokens, url: str) -> Api:
        return Api(
            tokens=tokens,
            limits=self._limits,
            entities=self._entities,
            ledger=self._ledger,
            clock=self._clock,
            companies=setup.companies,
            language=setup.language,
            must_filter=setup.must_filter,
            url=url,
        )


def _clock(setup: Setup, ledger: Ledger) -> Clock:
    """A clock that goes on where the ledger began, so that a new start changes no age."""
    if not ledger.of("opened"):
        ledger.write("opened", time=time.time())
    clock = Clock(setup.time_scale, ledger.of("opened")[0]["time"])
    for line in ledger.of("clock"):
        clock.advance(line["advance"], quietly=line["quietly"])
    return clock
