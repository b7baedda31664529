"""The partner account: a bookkeeper's office sees the papers of the companies that invited it, and exports them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hub import (
    Absent,
    App,
    Artifact,
    Delivery,
    Desk,
    Document,
    Health,
    Notify,
    OpenDesk,
    Pack,
    Papers,
    PluginInfo,
    Receipt,
    Role,
    Site,
    Tables,
    hookimpl,
)
from hub_partner import publish
from hub_partner.health import look
from hub_partner.meanings import MEANINGS
from hub_partner.settings import TraySettings

if TYPE_CHECKING:
    import click


@hookimpl
def describe() -> PluginInfo:
    return PluginInfo(
        title="Partner account",
        summary="Publishes papers to the bookkeeper's office, which views and exports them in its own account",
        roles=(Role.COPY, Role.BOOKING),
        settings=TraySettings,
        takes_packs=True,
        repeatable=True,
        can_trace=True,
        meanings=MEANINGS,
    )


@hookimpl
def migrations() -> Path:
    return Path(__file__).parent / "migrations"


@hookimpl
def commands(group: click.Group, desk: OpenDesk, printing: Any) -> None:
    from hub_partner.terminal import add  # noqa: PLC0415 - the portal does not pay for it

    add(group, desk, printing)


@hookimpl
def routes(tables: Tables, papers: Papers, site: Site, notify: Notify, log: Any) -> App:
    from hub_partner.portal.app import application  # noqa: PLC0415 - needs the extra `portal`

    return application(Desk(tables, papers, site, notify), log)


@hookimpl
def health(tables: Tables, settings: TraySettings) -> Health:
    return look(tables, settings)


@hookimpl
def prepare(document: Document) -> Artifact:
    return Artifact(document.files)


@hookimpl
def prepare_pack(pack: Pack) -> Artifact:
    return Artifact((pack.file,))


@hookimpl
def deliver(
    prepared: Artifact, document: Document, delivery: Delivery, tables: Tables, settings: TraySettings, now: datetime
) -> Receipt:
    office_id = publish.linked_office(tables, settings, delivery.company)
    return publish.deliver(tables, publish.published(delivery, office_id, document, prepared), now)


@hookimpl
def deliver_pack(
    prepared: Artifact, pack: Pack, delivery: Delivery, tables: Tables, settings: TraySettings, now: datetime
) -> Receipt:
    office_id = publish.linked_office(tables, settings, delivery.company)
    return publish.deliver(tables, publish.published(delivery, office_id, pack, prepared), now)


@hookimpl
def trace(prepared: Artifact, delivery: Delivery, tables: Tables) -> Receipt | Absent:
    return publish.trace(tables, prepared, delivery.key)
