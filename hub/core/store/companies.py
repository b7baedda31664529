"""Queries on the instance and the companies whose papers the hub keeps."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hub.core.store import locks
from hub.core.store.engine import Tx
from hub.core.tables import company, instance
from hub.errors import NotFoundError, UsageError


@dataclass(frozen=True, slots=True)
class Company:
    """A company whose papers these are; `number` is its enterprise number, 10 digits."""

    id: int
    number: str
    name: str


def ensure_instance(tx: Tx) -> str:
    """This home's own random id, made once; every delivery key hangs on it."""
    locks.founding(tx)
    found = tx.conn.execute(sa.select(instance.c.id)).scalar()
    if found:
        return str(found)
    new = str(uuid.uuid4())
    tx.conn.execute(sa.insert(instance).values(id=new, created_at=tx.at))
    tx.audit("instance.created", f"instance:{new}")
    return new


def instance_id(conn: Connection) -> uuid.UUID:
    """This home's id."""
    return uuid.UUID(conn.execute(sa.select(instance.c.id)).scalar_one())


def every(conn: Connection) -> Sequence[Company]:
    """All companies, oldest first."""
    rows = conn.execute(sa.select(company.c.id, company.c.number, company.c.name).order_by(company.c.id))
    return [Company(*row) for row in rows]


def by_number(conn: Connection, number: str) -> Company:
    """The company with this enterprise number."""
    for found in every(conn):
        if found.number == number:
            return found
    raise NotFoundError(f"no company has the enterprise number {number}", action="see `hub company list`")


def by_id(conn: Connection, company_id: int) -> Company:
    """The company of a row that names it."""
    row = conn.execute(
        sa.select(company.c.id, company.c.number, company.c.name).where(company.c.id == company_id)
    ).one()
    return Company(*row)


def add(tx: Tx, number: str, name: str) -> Company:
    """Add a company, or find the one that is there with this number."""
    _need_name(name)
    locks.founding(tx)
    known = [found for found in every(tx.conn) if found.number == number]
    if known:
        return known[0]
    statement = sa.insert(company).values(number=number, name=name, created_at=tx.at)
    new = int(tx.conn.execute(statement.returning(company.c.id)).scalar_one())
    tx.audit("company.added", f"company:{new}", number=number)
    return Company(new, number, name)


def rename(tx: Tx, number: str, name: str) -> Company:
    """Give a company another name."""
    _need_name(name)
    found = by_number(tx.conn, number)
    tx.conn.execute(sa.update(company).where(company.c.id == found.id).values(name=name))
    tx.audit("company.renamed", f"company:{found.id}")
    return Company(found.id, number, name)


def _need_name(name: str) -> None:
    if not name.strip():
        raise UsageError("a company needs a name", action="give the name that is on its papers")
