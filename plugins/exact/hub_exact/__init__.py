"""Exact Online: sales invoices and credit notes as sales entries in one company's books, each once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from hub import (
    Absent,
    Artifact,
    Ask,
    Choice,
    Delivery,
    Document,
    Health,
    Kind,
    Limits,
    PluginInfo,
    Problem,
    Receipt,
    Role,
    Vault,
    hookimpl,
)
from hub_exact.booking import Booking, check_confirmed
from hub_exact.books import Books
from hub_exact.choices import choices_for
from hub_exact.client import Client
from hub_exact.consent import consent
from hub_exact.customer import account
from hub_exact.entries import Prepared
from hub_exact.health import SHORT, look
from hub_exact.limits import CALLS, PER_DAY, PER_MINUTE
from hub_exact.mapping import sales_entry
from hub_exact.meanings import MEANINGS
from hub_exact.settings import App, Ledger, problems
from hub_exact.tokens import Tokens
from hub_exact.trace import look as look_for
from hub_exact.wire import Wire

if TYPE_CHECKING:
    from hub.http import Http


@hookimpl
def describe() -> PluginInfo:
    return PluginInfo(
        title="Exact Online",
        summary="Books sales invoices and credit notes in one company's books at Exact Online.",
        kinds=frozenset({Kind.SALES_INVOICE, Kind.SALES_CREDIT_NOTE}),
        roles=(Role.BOOKING,),
        connection=App,
        settings=Ledger,
        can_trace=True,
        trace_after=30.0,
        login_at="connection",
        limits=Limits(per_minute=PER_MINUTE, per_day=PER_DAY, calls=CALLS, burst=12, in_flight=4),
        meanings=MEANINGS,
    )


@hookimpl
def validate(settings: Ledger, connection: App) -> Sequence[Problem]:
    return problems(settings, connection)


@hookimpl
def login(ask: Ask, connection: App, http: Http, vault: Vault, now: datetime) -> None:
    wire = Wire(http, connection, now)
    consent(ask, wire, Tokens(wire, vault))


@hookimpl
def choices(
    field: str, draft: Mapping[str, Any], connection: App, http: Http, vault: Vault, now: datetime
) -> Sequence[Choice]:
    return choices_for(field, draft, Client.on(Wire(http, connection, now), vault))


@hookimpl
def health(settings: Ledger, connection: App, http: Http, vault: Vault, now: datetime) -> Health:
    client = Client.on(Wire(http, connection, now), vault, SHORT)
    return look(Books(client, vault, settings))


@hookimpl
def prepare(document: Document, settings: Ledger) -> Artifact:
    check_confirmed(settings)
    return Prepared(sales_entry(document, settings), account(document)).artifact()


@hookimpl
def deliver(
    prepared: Artifact,
    document: Document,
    delivery: Delivery,
    settings: Ledger,
    connection: App,
    http: Http,
    vault: Vault,
    now: datetime,
) -> Receipt:
    books = Books.at(Wire(http, connection, now), vault, settings, delivery.meter)
    return Booking.of(books, delivery, prepared).deliver(document)


@hookimpl
def trace(
    prepared: Artifact,
    delivery: Delivery,
    settings: Ledger,
    connection: App,
    http: Http,
    vault: Vault,
    now: datetime,
) -> Receipt | Absent:
    books = Books.at(Wire(http, connection, now), vault, settings, delivery.meter)
    return look_for(Booking.of(books, delivery, prepared))
