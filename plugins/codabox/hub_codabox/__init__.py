"""CodaBox: sales invoices and credit notes to the accounting office. The upload call is an assumption."""

from __future__ import annotations

from datetime import datetime

from hub import (
    Artifact,
    Ask,
    Delivery,
    Document,
    Health,
    Limits,
    PluginInfo,
    Receipt,
    Role,
    SettingsError,
    Vault,
    hookimpl,
)
from hub.http import Http
from hub_codabox.health import find, look
from hub_codabox.link import find_link
from hub_codabox.login import log_in
from hub_codabox.meanings import MEANINGS
from hub_codabox.paper import KINDS, Export, paper
from hub_codabox.post import Road, post
from hub_codabox.register import Entry, Register
from hub_codabox.settings import Client, Software
from hub_codabox.transport import CodaboxTransport


@hookimpl
def describe() -> PluginInfo:
    return PluginInfo(
        title="CodaBox",
        summary="Sends sales invoices and credit notes to the accounting office through CodaBox (unproven).",
        kinds=KINDS,
        roles=(Role.BOOKING,),
        connection=Software,
        settings=Client,
        one_shot=True,
        login_at="destination",
        limits=Limits(in_flight=1),  # by date: one paper of a later year closes the year before
        meanings=MEANINGS,
    )


@hookimpl
def login(ask: Ask, settings: Client, connection: Software, http: Http, vault: Vault, now: datetime) -> None:
    log_in(ask, settings.enterprise_number, CodaboxTransport(http, connection, now), vault)


@hookimpl
def health(settings: Client, connection: Software, http: Http, vault: Vault, now: datetime) -> Health:
    link = find(vault, settings, now)
    if isinstance(link, Health):
        return link
    return look(CodaboxTransport(http, connection, now, link.credentials), link)


@hookimpl
def prepare(document: Document, delivery: Delivery, export: Export, settings: Client, vault: Vault) -> Artifact:
    if delivery.company != settings.enterprise_number:
        said = f"the destination is of {delivery.company}, its setting says {settings.enterprise_number}"
        raise SettingsError("enterprise_number", said)
    prepared = paper(document, settings, find_link(vault, settings.enterprise_number), export)
    Register(vault, settings).look(Entry.of(document, prepared.parts[0], delivery.key))
    return prepared


@hookimpl
def deliver(
    prepared: Artifact,
    document: Document,
    delivery: Delivery,
    settings: Client,
    connection: Software,
    http: Http,
    vault: Vault,
    now: datetime,
) -> Receipt:
    link = find_link(vault, settings.enterprise_number)
    transport = CodaboxTransport(http, connection, now, link.credentials)
    return post(Road(transport, link, Register(vault, settings), delivery), document, prepared)
