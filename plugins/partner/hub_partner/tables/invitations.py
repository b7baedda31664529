"""Invitations: a link to one mail address, for one company, that works once and not for long."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from hub import UsageError
from hub_partner.moments import INVITATION, span
from hub_partner.tables import offices, people, sessions
from hub_partner.tables.schema import invitation, office, person


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited:
    """Who is invited to which company's papers; `token` is hashed, `via` the e-mail connection that was named."""

    token: str
    office: str
    mail: str
    company: str
    via: str = ""


def add(conn: Connection, invited: Invited, at: int) -> int:
    """Invite; an earlier invitation of the same address to the same company works no more. Returns when it ends."""
    office_id = offices.ensure(conn, invited.office, at)
    _refuse_others(conn, office_id, invited)
    offices.invite(conn, office_id, invited.company, at)
    same = (invitation.c.mail == invited.mail) & (invitation.c.company == invited.company)
    conn.execute(sa.update(invitation).where(same, invitation.c.used_at.is_(None)).values(used_at=at))
    values: dict[str, object] = {
        "token": invited.token,
        "mail": invited.mail,
        "company": invited.company,
        "via": invited.via,
    }
    ends = at + span(INVITATION)
    conn.execute(sa.insert(invitation).values(values | {"office_id": office_id, "created_at": at, "expires_at": ends}))
    return ends


def _refuse_others(conn: Connection, office_id: int, invited: Invited) -> None:
    theirs = sa.select(person.c.office_id).where(person.c.mail == invited.mail, person.c.office_id != office_id)
    if conn.execute(theirs).first():
        raise UsageError(f"{invited.mail} has an account at another office", action="use that office's name")


_WAITING = sa.select(invitation, office.c.name.label("office")).join(office).where(invitation.c.used_at.is_(None))


def waiting(conn: Connection, token: str, at: int) -> Row[Any] | None:
    """The invitation behind a link, while it works."""
    return conn.execute(_WAITING.where(invitation.c.token == token, invitation.c.expires_at > at)).one_or_none()


def accept(conn: Connection, token: str, opening: sessions.Opening) -> None:
    """Use an invitation: the person gets an account and a session, the office its link. Raises Spent."""
    usable = (invitation.c.token == token) & invitation.c.used_at.is_(None) & (invitation.c.expires_at > opening.at)
    statement = sa.update(invitation).where(usable).values(used_at=opening.at)  # one of several wins
    row = conn.execute(statement.returning(*invitation.c)).one_or_none()
    if row is None:
        raise sessions.Spent
    known = people.by_mail(conn, row.mail)
    if known is not None and known.office_id != row.office_id:
        raise sessions.Spent  # meanwhile this person is of another office
    found = people.ensure(conn, row, opening.at)
    offices.connect(conn, row.office_id, row.company, opening.at)
    sessions.begin(conn, found, opening)
