"""Offices, and which companies each of them may see: invited, linked or revoked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from hub import NotFoundError, UsageError
from hub_partner.tables.schema import invitation, link, office, person


def ensure(conn: Connection, name: str, at: int) -> int:
    """The office with this name, made now if there is none; returns its id."""
    found = conn.execute(sa.select(office.c.id).where(office.c.name == name)).scalar()
    if found is None:
        found = conn.execute(sa.insert(office).values(name=name, created_at=at).returning(office.c.id)).scalar_one()
    return int(found)


def named(conn: Connection, name: str) -> int:
    """The id of the office with this name. Raises NotFoundError."""
    found = conn.execute(sa.select(office.c.id).where(office.c.name == name)).scalar()
    if found is None:
        raise NotFoundError(f"there is no office called {name}", action="see `hub partner list`")
    return int(found)


def state(conn: Connection, office_id: int, company: str) -> str:
    """How this office stands with this company: invited, linked, revoked, or empty."""
    mine = (link.c.office_id == office_id) & (link.c.company == company)
    return conn.execute(sa.select(link.c.state).where(mine)).scalar() or ""


def invite(conn: Connection, office_id: int, company: str, at: int) -> None:
    """It is invited; an office that is linked already stays so."""
    if state(conn, office_id, company) != "linked":
        _set(conn, office_id, company, state="invited", since=at, revoked_by="")


def connect(conn: Connection, office_id: int, company: str, at: int) -> None:
    """It may see the company's papers from now on."""
    if state(conn, office_id, company) != "linked":
        _set(conn, office_id, company, state="linked", since=at, revoked_by="")


def connect_known(conn: Connection, name: str, company: str, at: int) -> None:
    """Link an office that has an account to one more company. Raises UsageError, NotFoundError."""
    office_id = named(conn, name)
    if not conn.execute(sa.select(person.c.id).where(person.c.office_id == office_id).limit(1)).first():
        raise UsageError(f"nobody at {name} has an account yet", action="invite somebody: hub partner invite")
    connect(conn, office_id, company, at)


def revoke(conn: Connection, pair: tuple[int, str], at: int, by: str = "company") -> None:
    """This office sees nothing of this company any more, at once; invitations that wait are withdrawn.

    Raises NotFoundError when they have no link that could end.
    """
    office_id, company = pair
    if state(conn, office_id, company) not in {"linked", "invited"}:
        raise NotFoundError(f"there is no link with {company}", action="see `hub partner list`")
    _set(conn, office_id, company, state="revoked", since=at, revoked_by=by)
    waiting = (invitation.c.office_id == office_id) & (invitation.c.company == company) & invitation.c.used_at.is_(None)
    conn.execute(sa.update(invitation).where(waiting).values(used_at=at))


def _set(conn: Connection, office_id: int, company: str, **values: object) -> None:
    mine = (link.c.office_id == office_id) & (link.c.company == company)
    if not conn.execute(sa.update(link).where(mine).values(values)).rowcount:
        conn.execute(sa.insert(link).values(office_id=office_id, company=company, **values))


def links(conn: Connection) -> Sequence[Row[Any]]:
    """Every office with every company it was ever linked to: `office`, `company`, `state`, `since`."""
    columns = (office.c.name.label("office"), link.c.company, link.c.state, link.c.since)
    statement: sa.Select[Any] = sa.select(*columns).join(office).order_by(office.c.name, link.c.company)
    return conn.execute(statement).all()


def linked_companies(conn: Connection, office_id: int) -> dict[str, int]:
    """The companies this office may see now, and since when."""
    mine = (link.c.office_id == office_id) & (link.c.state == "linked")
    return {row.company: row.since for row in conn.execute(sa.select(link.c.company, link.c.since).where(mine))}
