"""Queries that keep two apart: who removes bytes that no row names, and who is about to name them.

The one holds the instance's row for itself, the others share it. SQLite has one writer anyway.
"""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hub.core.store import secrets, summary
from hub.core.store.engine import Tx
from hub.core.tables import instance, lease

_REMOVED = ("blobs", "removed")
_COLLECT = ("blobs", "collect")
_DAY = 24 * 3600 * 1000


def mark(conn: Connection) -> str:
    """A word that is another one after each removal, on whatever machine."""
    found = sa.select(lease.c.holder).where(lease.c.owner == _REMOVED[0], lease.c.name == _REMOVED[1])
    return str(conn.execute(found).scalar() or "")


def hold_off(tx: Tx) -> str:
    """Let nobody remove bytes until this transaction is over; returns the mark as it is now."""
    tx.conn.execute(sa.select(instance.c.id).with_for_update(read=True)).all()
    return mark(tx.conn)


def begin(tx: Tx) -> None:
    """Remove bytes in this transaction: whoever is about to name some waits for it, and then looks again."""
    tx.conn.execute(sa.select(instance.c.id).with_for_update()).all()
    word = uuid.uuid4().hex
    mine = sa.and_(lease.c.owner == _REMOVED[0], lease.c.name == _REMOVED[1])
    if not tx.conn.execute(sa.update(lease).where(mine).values(holder=word)).rowcount:
        tx.conn.execute(sa.insert(lease).values(owner=_REMOVED[0], name=_REMOVED[1], holder=word, until=0))


def is_time(conn: Connection) -> bool:
    """Whether nobody has looked for bytes that nobody names for a day. A look before a try: it takes no lock."""
    return secrets.is_free(conn, _COLLECT, summary.database_now(conn))


def my_turn(tx: Tx) -> bool:
    """Whether this process may look for bytes that nobody names: one of all machines may, once a day."""
    return secrets.take(tx, _COLLECT, "a day", _DAY)
