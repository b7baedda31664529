"""Sessions: who is logged in where. A row on our side, so that it can be ended at once."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from hub_partner.moments import IDLE, LONGEST, SEEN_EVERY, span
from hub_partner.tables import offices
from hub_partner.tables.schema import office, person, session

_MAX_AGENT = 200


class Spent(Exception):
    """A link that was used, is over, or never was one: nothing is written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """A session about to begin: its secret (hashed), the browser's own name, when."""

    token: str
    agent: str
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Who asks: a person of an office, and the companies that office may see at this moment."""

    session: str  # uid
    person_id: int
    person: str  # uid
    mail: str
    office_id: int
    office: str
    since: Mapping[str, int]  # company -> linked since

    @property
    def companies(self) -> frozenset[str]:
        """The enterprise numbers of the companies he may see."""
        return frozenset(self.since)

    @property
    def actor(self) -> str:
        """How the audit log names him."""
        return f"partner:{self.person}"


def begin(conn: Connection, person_id: int, opening: Opening) -> None:
    """A new session; those that are long over are forgotten."""
    conn.execute(sa.delete(session).where(session.c.created_at < opening.at - 60 * span(LONGEST)))
    values: dict[str, object] = {"token": opening.token, "person_id": person_id, "agent": opening.agent[:_MAX_AGENT]}
    times: dict[str, object] = {"created_at": opening.at, "seen_at": opening.at}
    conn.execute(sa.insert(session).values(values | times | {"uid": uuid.uuid4().hex}))


def _alive(at: int) -> sa.ColumnElement[bool]:
    """Not ended, not idle for too long, not older than any session may be."""
    fresh = (session.c.seen_at > at - span(IDLE)) & (session.c.created_at > at - span(LONGEST))
    return session.c.ended_at.is_(None) & fresh


def visitor(conn: Connection, token: str, at: int) -> Visitor | None:
    """Who has the cookie with this (hashed) secret; the one place that says what he may see."""
    columns = (session.c.uid.label("session"), person.c.id, person.c.uid, person.c.mail, office.c.name)
    statement = (
        sa.select(*columns, office.c.id.label("office_id"))
        .select_from(session.join(person).join(office))
        .where(session.c.token == token, _alive(at))
    )
    row = conn.execute(statement).one_or_none()
    if row is None:
        return None
    return Visitor(
        session=row.session,
        person_id=row.id,
        person=row.uid,
        mail=row.mail,
        office_id=row.office_id,
        office=row.name,
        since=offices.linked_companies(conn, row.office_id),
    )


def stale(conn: Connection, token: str, at: int) -> bool:
    """Whether it is time to note again that somebody is there."""
    seen = sa.select(session.c.seen_at).where(session.c.token == token)
    return (conn.execute(seen).scalar() or at) < at - span(SEEN_EVERY)


def touch(conn: Connection, token: str, at: int) -> None:
    """Somebody is there."""
    conn.execute(sa.update(session).where(session.c.token == token).values(seen_at=at))


def of_person(conn: Connection, person_id: int, at: int) -> Sequence[Row[Any]]:
    """The sessions of a person that still work, newest first."""
    mine = sa.select(session).where(session.c.person_id == person_id, _alive(at))
    return conn.execute(mine.order_by(session.c.created_at.desc())).all()


def end(conn: Connection, person_id: int, uid: str, at: int) -> bool:
    """End a session of this person, and of nobody else. False when he has none with this uid."""
    mine = (session.c.person_id == person_id) & (session.c.uid == uid) & session.c.ended_at.is_(None)
    return bool(conn.execute(sa.update(session).where(mine).values(ended_at=at)).rowcount)
