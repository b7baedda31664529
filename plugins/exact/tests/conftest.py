"""A far side that speaks Exact's wire, and the plugin logged in to it as the hub would hold it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import hub_exact
from hub import Absent, Artifact, Delivery, Document, Kept, Receipt, Steps
from hub.testing.exact import App, ExactServer, Setup
from hub.testing.hooks import Hooks
from hub.testing.specimen import make_delivery, sample_document

DIVISION, OTHER_DIVISION = 123456, 123457
CODES = [
    {"category": "S", "rate": 21, "country": "", "kind": "", "code": "210"},
    {"category": "S", "rate": 12, "country": "", "kind": "", "code": "120"},
    {"category": "S", "rate": 6, "country": "", "kind": "", "code": "060"},
    {"category": "AE", "rate": 0, "country": "BE", "kind": "", "code": "MC"},
    {"category": "K", "rate": 0, "country": "", "kind": "", "code": "ICG"},
    {"category": "O", "rate": None, "country": "", "kind": "", "code": "000"},
]
LEDGER = {"division": DIVISION, "journal": "700", "gl_account": "700000", "vat_codes": CODES, "confirmed": True}


class Person:
    """Who is asked at a login: opens the page and gives the address at which the browser ends."""

    def __init__(self, answer: Callable[[str], str]) -> None:
        self._answer = answer
        self._once: dict[str, str] = {}

    def __call__(self, _key: str, _label: str, *, secret: bool = False, url: str = "") -> str:
        assert not secret
        return self._answer(url)

    def once(self, name: str, make: Callable[[], str]) -> str:
        return self._once.setdefault(name, make())


def _connection_of(server: ExactServer) -> dict[str, Any]:
    app = App()
    given = {"client_id": app.client_id, "client_secret": app.client_secret, "redirect_uri": app.redirect_uri}
    return {"base_url": server.url, "time_scale": server.setup.time_scale, **given}


def no_export(_format: str) -> Any:
    raise AssertionError("nothing else is needed of a paper")


@dataclass
class Bookkeeper:
    """The plugin with one destination, logged in; every call is what the hub would do."""

    server: ExactServer
    hooks: Hooks
    steps: dict[str, Steps] = field(default_factory=dict)
    ahead: timedelta = timedelta()

    @classmethod
    def at(cls, server: ExactServer, **settings: Any) -> Bookkeeper:
        return cls(server, Hooks.of(hub_exact, LEDGER | settings, _connection_of(server), no_export))

    def call(self, hook: str, **offer: Any) -> Any:
        return self.hooks(hook, now=datetime.now(UTC) + self.ahead, **offer)

    def wait(self, seconds: float) -> None:
        """Time goes by, here and at the far side."""
        self.server.advance(seconds)
        self.ahead += timedelta(seconds=seconds)

    def log_in(self, user: str = "ann") -> Bookkeeper:
        self.call("login", ask=Person(lambda url: self.server.open(f"{url}&user={user}")))
        return self

    def behind(self, url: str) -> Bookkeeper:
        """The same plugin, deliveries and tokens, with the far side at another address."""
        app = self.hooks.offer["connection"].model_copy(update={"base_url": url})
        return replace(self, hooks=replace(self.hooks, offer={**self.hooks.offer, "connection": app}))

    def prepare(self, document: Document) -> Artifact:
        artifact: Artifact = self.call("prepare", document=document, delivery=self.delivery(document))
        return artifact

    def delivery(self, document: Document) -> Delivery:
        steps = self.steps.setdefault(document.number, Steps())
        return make_delivery(document, steps=steps)

    def deliver(self, document: Document | None = None) -> Receipt:
        document = document or sample_document()
        offer = {"document": document, "delivery": self.delivery(document)}
        receipt: Receipt = self.call("deliver", prepared=self.prepare(document), **offer)
        return receipt

    def trace(self, document: Document | None = None) -> Receipt | Absent:
        document = document or sample_document()
        offer = {"document": document, "pack": None, "delivery": self.delivery(document)}
        answer: Receipt | Absent = self.call("trace", prepared=self.prepare(document), **offer)
        return answer

    @property
    def tokens(self) -> Kept:
        kept: Kept | None = self.hooks.offer["vault"].get("tokens")
        assert kept is not None
        return kept


@pytest.fixture(autouse=True)
def loopback_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_ALLOW_NETWORKS", "127.0.0.0/8")
    monkeypatch.delenv("HUB_CA_FILE", raising=False)


@pytest.fixture
def server() -> Iterator[ExactServer]:
    with ExactServer(Setup(per_minute=1000)) as running:
        yield running


@pytest.fixture
def bookkeeper_at() -> Iterator[Callable[..., Bookkeeper]]:
    """The plugin, logged in at a server, with changed settings of the destination."""
    with contextlib.ExitStack() as stack:

        def new(server: ExactServer, vault: Any = None, **settings: Any) -> Bookkeeper:
            made = Bookkeeper.at(server, **settings)
            if vault is not None:
                made.hooks = replace(made.hooks, offer={**made.hooks.offer, "vault": vault})
            stack.callback(made.hooks.offer["http"].close)
            return made.log_in()

        yield new


@pytest.fixture
def bookkeeper(server: ExactServer, bookkeeper_at: Callable[..., Bookkeeper]) -> Bookkeeper:
    return bookkeeper_at(server)


@pytest.fixture
def ledger() -> dict[str, Any]:
    """The settings of the destination."""
    return dict(LEDGER)


@pytest.fixture
def connection_of() -> Callable[[ExactServer], dict[str, Any]]:
    """The settings of the connection to a server."""
    return _connection_of
