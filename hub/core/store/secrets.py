"""Queries on secrets: encrypted values by owner (`connection:3`, `destination:5`) and name."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hub.core.store.engine import Tx
from hub.core.tables import secret


def put(tx: Tx, owner: str, values: Mapping[str, bytes]) -> None:
    """Store encrypted values; each one stored again gets the next generation."""
    for name, value in values.items():
        mine = (secret.c.owner == owner) & (secret.c.name == name)
        changed = tx.conn.execute(sa.update(secret).where(mine).values(value=value, generation=secret.c.generation + 1))
        if not changed.rowcount:
            tx.conn.execute(sa.insert(secret).values(owner=owner, name=name, value=value))
        tx.audit("secret.stored", owner, name=name)


def of(conn: Connection, owner: str) -> dict[str, bytes]:
    """The encrypted values of an owner, by name."""
    rows = conn.execute(sa.select(secret.c.name, secret.c.value).where(secret.c.owner == owner))
    return {row.name: row.value for row in rows}


def forget(tx: Tx, owner: str) -> None:
    """Remove all secrets of an owner."""
    tx.conn.execute(sa.delete(secret).where(secret.c.owner == owner))
    tx.audit("secret.forgotten", owner)
