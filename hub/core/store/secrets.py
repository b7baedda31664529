"""Queries on secrets: encrypted values by owner (`connection:3`, `destination:5`) and name, and leases of them."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row
from sqlalchemy.exc import IntegrityError

from hub.core.store.engine import Tx
from hub.core.tables import lease, secret

Slot = tuple[str, str]  # owner and name


def put(tx: Tx, owner: str, values: Mapping[str, bytes]) -> None:
    """Store encrypted values; each one stored again gets the next generation."""
    for name, value in values.items():
        if not _replace(tx, owner, name, value):
            tx.conn.execute(sa.insert(secret).values(owner=owner, name=name, value=value))
        tx.audit("secret.stored", owner, name=name)


def put_if(tx: Tx, slot: Slot, value: bytes, generation: int) -> bool:
    """Store a value over the one of this generation (0: there is none yet); False when there is another one."""
    now = one(tx.conn, slot, lock=True)
    if (now.generation if now else 0) != generation:
        return False
    owner, name = slot
    try:
        with tx.conn.begin_nested():
            put(tx, owner, {name: value})
    except IntegrityError:  # another process stored the first one at this moment
        return False
    return True


def _replace(tx: Tx, owner: str, name: str, value: bytes) -> bool:
    mine = (secret.c.owner == owner) & (secret.c.name == name)
    statement = sa.update(secret).where(mine).values(value=value, generation=secret.c.generation + 1)
    return bool(tx.conn.execute(statement).rowcount)


def of(conn: Connection, owner: str) -> dict[str, bytes]:
    """The encrypted values of an owner, by name."""
    rows = conn.execute(sa.select(secret.c.name, secret.c.value).where(secret.c.owner == owner))
    return {row.name: row.value for row in rows}


def but(conn: Connection, owner: str) -> dict[str, bytes]:
    """The encrypted values of everybody but this owner, each under the names of its owner and its own."""
    rows = conn.execute(sa.select(secret).where(secret.c.owner != owner))
    return {f"{row.owner} {row.name}": row.value for row in rows}


def one(conn: Connection, slot: Slot, *, lock: bool = False) -> Row[bytes, int] | None:
    """One encrypted `value` with its `generation`, or None."""
    statement = sa.select(secret.c.value, secret.c.generation)
    statement = statement.where(secret.c.owner == slot[0], secret.c.name == slot[1])
    return conn.execute(statement.with_for_update() if lock else statement).one_or_none()


def forget(tx: Tx, owner: str, name: str = "") -> None:
    """Remove the secrets of an owner: this one, or all."""
    statement = sa.delete(secret).where(secret.c.owner == owner)
    tx.conn.execute(statement.where(secret.c.name == name) if name else statement)
    tx.audit("secret.forgotten", owner, **({"name": name} if name else {}))


def is_free(conn: Connection, slot: Slot, now: int) -> bool:
    """Whether nobody holds this lease at `now` (database clock, ms). A look before a try: it takes no lock."""
    until = sa.select(lease.c.until).where(_is(slot))
    return (conn.execute(until).scalar() or 0) <= now


def take(tx: Tx, slot: Slot, holder: str, duration: int) -> bool:
    """Take a lease for `duration` ms; False when somebody else has it. A holder that died loses it by time."""
    now = tx.clock()
    over = sa.update(lease).where(_is(slot), lease.c.until <= now)
    if tx.conn.execute(over.values(holder=holder, until=now + duration)).rowcount:
        return True
    if tx.conn.execute(sa.select(lease.c.name).where(_is(slot))).first():
        return False
    try:
        with tx.conn.begin_nested():
            tx.conn.execute(sa.insert(lease).values(owner=slot[0], name=slot[1], holder=holder, until=now + duration))
    except IntegrityError:  # another process took it at this moment, for the first time
        return False
    return True


def give_back(tx: Tx, slot: Slot, holder: str) -> None:
    """End a lease, if this holder still has it."""
    tx.conn.execute(sa.update(lease).where(_is(slot), lease.c.holder == holder).values(holder="", until=0))


def _is(slot: Slot) -> sa.ColumnElement[bool]:
    return sa.and_(lease.c.owner == slot[0], lease.c.name == slot[1])
