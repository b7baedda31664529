"""Delivering to an office: a row in its tray, when it is linked to the company."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from hub import Absent, Artifact, Delivery, Document, NotFoundError, NotSent, Pack, Receipt, SettingsError, Tables
from hub_partner.moments import from_ms, to_ms
from hub_partner.settings import TraySettings
from hub_partner.tables import offices, tray
from hub_partner.tables.tray import Published

_ASK_AGAIN = 900.0  # seconds until it is looked whether an invitation was accepted


def deliver(tables: Tables, published: Published, now: datetime) -> Receipt:
    """Publish. The same delivery again finds its row and changes nothing."""
    at = tables.write(
        lambda conn: tray.publish(conn, published, to_ms(now)), action="published", about=f"delivery:{published.key}"
    )
    return _receipt(published.key, at)


def trace(tables: Tables, prepared: Artifact, key: str) -> Receipt | Absent:
    """Whether it lies in the tray: the same key with the same bytes."""
    there = tables.read(lambda conn: tray.find(conn, key))
    if there is None or there.sha256 != prepared.sha256:
        return Absent(f"the tray has nothing under {key}")
    return _receipt(key, there.at)


def published(delivery: Delivery, office_id: int, subject: Document | Pack, prepared: Artifact) -> Published:
    """What is published: a paper is known by its uid, a pack by its bytes."""
    is_pack = isinstance(subject, Pack)
    return Published(
        key=delivery.key,
        office_id=office_id,
        company=delivery.company,
        what="pack" if is_pack else "paper",
        subject=subject.sha256 if isinstance(subject, Pack) else subject.uid,
        sha256=prepared.sha256,
    )


def linked_office(tables: Tables, settings: TraySettings, company: str) -> int:
    """The office's id, when it may see the company's papers. Raises SettingsError, or NotSent while it is invited."""
    try:
        office_id, state = tables.read(lambda conn: _standing(conn, settings.office, company))
    except NotFoundError as error:
        raise SettingsError("no_office", f"{error.message}: hub partner invite") from error
    if state == "invited":
        detail = f"{settings.office} has not yet accepted the invitation"
        raise NotSent("not_accepted", detail, retry_after=_ASK_AGAIN, unwell=False)
    if state != "linked":
        raise SettingsError(
            "not_linked", f"{settings.office} has no link with {company}: invite it, or remove this destination"
        )
    return office_id


def _standing(conn: Any, office: str, company: str) -> tuple[int, str]:
    office_id = offices.named(conn, office)
    return office_id, offices.state(conn, office_id, company)


def _receipt(key: str, at: int) -> Receipt:
    return Receipt(f"tray:{key}", from_ms(at))
