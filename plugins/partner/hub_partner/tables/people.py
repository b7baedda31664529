"""People of offices, the links they log in with, and how often somebody knocked."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from hub_partner.moments import LOGIN_LINK, span
from hub_partner.tables import sessions
from hub_partner.tables.schema import knock, login_link, person

_WINDOW = timedelta(minutes=15)
_KEPT = timedelta(days=1)
_MAX_FOR_MAIL = 5
_MAX_FROM_PLACE = 20


def ensure(conn: Connection, invited: Row[Any], at: int) -> int:
    """The person behind an invitation (`office_id`, `mail`, `via`), made now if new; returns his id."""
    found = by_mail(conn, invited.mail)
    if found is not None:
        return int(found.id)
    values = {"office_id": invited.office_id, "mail": invited.mail, "via": invited.via, "created_at": at}
    statement = sa.insert(person).values(values | {"uid": uuid.uuid4().hex}).returning(person.c.id)
    return int(conn.execute(statement).scalar_one())


def by_mail(conn: Connection, mail: str) -> Row[Any] | None:
    """Who has this address (lower case)."""
    return conn.execute(sa.select(person).where(person.c.mail == mail)).one_or_none()


def knocks(conn: Connection, mail: str, place: str, at: int) -> tuple[bool, bool]:
    """Note that somebody at `place` wants a link sent to `mail` (both hashed): whether it may be sent, and whether the
    place has asked too often. The rows survive a restart, and go after a day.
    """
    conn.execute(sa.delete(knock).where(knock.c.at < at - span(_KEPT)))
    recent = sa.select(sa.func.count()).select_from(knock).where(knock.c.at > at - span(_WINDOW))
    for_mail = conn.execute(recent.where(knock.c.mail == mail)).scalar_one()
    from_place = conn.execute(recent.where(knock.c.place == place)).scalar_one()
    if from_place >= _MAX_FROM_PLACE:
        return False, True
    may_send = for_mail < _MAX_FOR_MAIL
    # Only what is sent counts for the address: else a stranger could keep its owner out by knocking in his name.
    conn.execute(sa.insert(knock).values(at=at, mail=mail if may_send else "", place=place))
    return may_send, False


def add_link(conn: Connection, mail: str, token: str, at: int) -> str | None:
    """A link to log in with (hashed), for whoever has this address. Returns his e-mail connection; None: nobody has."""
    found = by_mail(conn, mail)
    if found is None:
        return None
    values = {"token": token, "person_id": found.id, "created_at": at, "expires_at": at + span(LOGIN_LINK)}
    conn.execute(sa.insert(login_link).values(values))
    conn.execute(sa.delete(login_link).where(login_link.c.created_at < at - span(_KEPT)))
    return str(found.via)


def log_in(conn: Connection, token: str, opening: sessions.Opening) -> None:
    """Use a login link and begin a session. Raises Spent."""
    usable = (login_link.c.token == token) & login_link.c.used_at.is_(None) & (login_link.c.expires_at > opening.at)
    statement = sa.update(login_link).where(usable).values(used_at=opening.at)  # one of several wins
    person_id = conn.execute(statement.returning(login_link.c.person_id)).scalar()
    if person_id is None:
        raise sessions.Spent
    sessions.begin(conn, person_id, opening)
