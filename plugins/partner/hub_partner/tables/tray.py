"""The tray of an office: what was published to it, one row a delivery."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from hub_partner.tables.schema import tray


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """Something for an office. `key` is the delivery's; `subject` a paper's uid or a pack's SHA-256."""

    key: str
    office_id: int
    company: str
    what: str  # paper, pack
    subject: str
    sha256: str


def publish(conn: Connection, published: Published, at: int) -> int:
    """Put it into the tray, once: the same key again changes nothing. Returns when it was put there."""
    there = find(conn, published.key)
    if there is not None:
        return int(there.at)
    values = {name: getattr(published, name) for name in Published.__slots__}
    conn.execute(sa.insert(tray).values(values | {"at": at}))
    return at


def find(conn: Connection, key: str) -> Row[Any] | None:
    """What was published under this key."""
    return conn.execute(sa.select(tray).where(tray.c.key == key)).one_or_none()


def papers(conn: Connection, office_id: int, uids: Collection[str]) -> dict[str, int]:
    """When each of these papers was published to this office, by uid; those that were not are left out."""
    mine = (tray.c.office_id == office_id) & (tray.c.what == "paper") & tray.c.subject.in_(uids)
    return {row.subject: row.at for row in conn.execute(sa.select(tray.c.subject, tray.c.at).where(mine))}


def packs(conn: Connection, office_id: int, company: str) -> Sequence[str]:
    """The SHA-256 of each pack of a company that was published to this office, newest first."""
    mine = (tray.c.office_id == office_id) & (tray.c.company == company) & (tray.c.what == "pack")
    statement = sa.select(tray.c.subject).where(mine).order_by(tray.c.at.desc(), tray.c.key)
    return list(dict.fromkeys(conn.execute(statement).scalars()))
