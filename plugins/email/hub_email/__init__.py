"""Automatic e-mail: every paper as one message to one address, through a relay of the company's own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from hub import (
    Artifact,
    Deadlines,
    Delivery,
    Document,
    Health,
    Limits,
    Notice,
    Pack,
    PluginInfo,
    Problem,
    Receipt,
    Role,
    hookimpl,
)
from hub.net import guard_from_environment
from hub_email.attachments import Export, choose
from hub_email.health import SHORT, look
from hub_email.meanings import MEANINGS
from hub_email.message import Envelope, notice_message, pack_message, paper_message
from hub_email.post import addressed, letter, post
from hub_email.settings import Recipient, Relay, problems
from hub_email.smtp import Wire

MAX_MESSAGE = 50 * 2**20  # bytes


@hookimpl
def describe() -> PluginInfo:
    return PluginInfo(
        title="E-mail",
        summary="Sends each paper, or the export of a period, to one mail address.",
        roles=(Role.COPY, Role.BOOKING, Role.ARCHIVE),
        connection=Relay,
        settings=Recipient,
        takes_packs=True,
        limits=Limits(max_bytes=MAX_MESSAGE, in_flight=8),
        # Eight replies of a minute, ten minutes for the answer to the whole message, and a slow line for a large one.
        deadlines=Deadlines(deliver=3600.0),
        meanings=MEANINGS,
    )


@hookimpl
def validate(connection: Relay) -> Sequence[Problem]:
    return problems(connection)


@hookimpl
def health(connection: Relay) -> Health:
    return look(connection, Wire(guard_from_environment(), SHORT))


@hookimpl
def prepare(
    document: Document,
    delivery: Delivery,
    export: Export,
    settings: Recipient,
    connection: Relay,
    now: datetime,
) -> Artifact:
    chosen = choose(document, settings.format, export)
    envelope = Envelope(connection.mailbox, settings.to, delivery.key, now)
    return letter(paper_message(envelope, document, chosen))


@hookimpl
def prepare_pack(pack: Pack, delivery: Delivery, settings: Recipient, connection: Relay, now: datetime) -> Artifact:
    envelope = Envelope(connection.mailbox, settings.to, delivery.key, now)
    return letter(pack_message(envelope, pack))


@hookimpl
def deliver(prepared: Artifact, settings: Recipient, connection: Relay, now: datetime) -> Receipt:
    return post(connection, settings.to, prepared, now)


@hookimpl
def deliver_pack(prepared: Artifact, settings: Recipient, connection: Relay, now: datetime) -> Receipt:
    return post(connection, settings.to, prepared, now)


@hookimpl
def notify(notice: Notice, connection: Relay, now: datetime) -> None:
    to = addressed(notice.to)
    envelope = Envelope(connection.mailbox, to, notice.key, now)
    post(connection, to, letter(notice_message(envelope, notice)), now)
