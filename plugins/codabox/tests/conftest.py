"""A pretended CodaBox for each test, and the plugin linked to it as a person's login leaves it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

import hub_codabox
from hub.core.document import Document, Kind
from hub.core.files import File
from hub.core.steps import Steps
from hub.errors import AnswerNeeded
from hub.testing import samples
from hub.testing.codabox import SOFTWARE_KEY, CodaboxServer
from hub.testing.codabox_desk import Plan
from hub.testing.hooks import Hooks
from hub.testing.specimen import COMPANY, NOW, make_delivery, sample_document

TODAY = NOW.date()


@pytest.fixture(autouse=True)
def loopback_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_ALLOW_NETWORKS", "127.0.0.0/8")
    monkeypatch.delenv("HUB_CA_FILE", raising=False)


@pytest.fixture
def server() -> Iterator[CodaboxServer]:
    with CodaboxServer() as running:
        yield running


@dataclass
class Person:
    """Answers the questions of a login as the person at CodaBox's mailbox does; `token` overrides what was mailed."""

    server: CodaboxServer
    token: str = ""
    there: bool = True
    kept: dict[str, str] = field(default_factory=dict)
    asked: list[tuple[str, bool]] = field(default_factory=list)

    def __call__(self, key: str, label: str, *, secret: bool = False, url: str = "") -> str:
        self.asked.append((key, secret))
        if not self.there:
            raise AnswerNeeded(key, label, secret=secret, url=url)
        return self.token or self.server.desk.mails[-1].token

    def once(self, name: str, make: Callable[[], str]) -> str:
        if name not in self.kept:
            self.kept[name] = make()
        return self.kept[name]


def ubl_of(document: Document, **fields: Any) -> bytes:
    """The document as UBL with a PDF inside."""
    write = samples.credit_note if document.kind is Kind.SALES_CREDIT_NOTE else samples.invoice
    told = {"number": document.number, "issue_date": document.issue_date, "pdf": samples.pdf(document.number)}
    return write(**{**told, **fields})


@dataclass
class Office:
    """The plugin as a hub holds it: settings, a vault that stays, and the steps of each delivery."""

    hooks: Hooks
    server: CodaboxServer
    steps: dict[str, Steps] = field(default_factory=dict)

    def plan(self, text: str) -> None:
        self.server.desk.plan = Plan.parse(text)

    def log_in(self, token: str = "") -> Person:
        person = self.person(token)
        self.hooks("login", ask=person)
        return person

    def person(self, token: str = "") -> Person:
        """Somebody who begins a login."""
        return Person(self.server, token)

    def set(self, **settings: Any) -> None:
        """Edit the destination."""
        now = self.hooks.offer["settings"].model_copy(update=settings)
        self.hooks = replace(self.hooks, offer={**self.hooks.offer, "settings": now})

    def at(self, day: date) -> None:
        """Let it be another day."""
        moment = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
        self.hooks = replace(self.hooks, offer={**self.hooks.offer, "now": moment})

    def prepare(self, document: Document, delivery: Any = None, **ubl: Any) -> Any:
        data = ubl_of(document, **ubl)
        offer = {"document": document, "delivery": delivery or make_delivery(document)}
        return self.hooks("prepare", export=lambda _: File.of("x.xml", "application/xml", data), **offer)

    def send(self, document: Document, prepared: Any = None, **changes: Any) -> Any:
        """One attempt, as the core makes it: with the steps of the attempts before it."""
        delivery = make_delivery(document, **changes)
        delivery = replace(delivery, steps=self.steps.setdefault(delivery.key, Steps()))
        prepared = prepared or self.prepare(document, delivery)
        return self.hooks("deliver", prepared=prepared, document=document, delivery=delivery)

    def taken(self) -> list[str]:
        """The numbers that CodaBox has."""
        return [paper.number for paper in self.server.desk.papers]


def office_at(server: CodaboxServer) -> Office:
    connection = {"base_url": server.url, "software_key": SOFTWARE_KEY}
    settings = {"enterprise_number": COMPANY}
    return Office(Hooks.of(hub_codabox, settings, connection, lambda _: sample_document().original), server)


@pytest.fixture
def unlinked(server: CodaboxServer) -> Iterator[Office]:
    office = office_at(server)
    yield office
    office.hooks.offer["http"].close()


@pytest.fixture
def office(unlinked: Office) -> Office:
    """Linked on 15 January 2026."""
    unlinked.log_in()
    return unlinked


@pytest.fixture
def new_paper() -> Callable[..., Document]:
    """An invoice of the linked company, of the day the link was made unless a test says so."""

    def make(number: str = "F2026-0001", day: date = TODAY, **changes: Any) -> Document:
        return sample_document(number, issue_date=day, **changes)

    return make
