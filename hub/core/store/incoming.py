"""Queries on incoming papers that did not become documents: parked ones (to sort) and refused ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam
from sqlalchemy.engine import Connection, Row

from hub.core.store.engine import Tx
from hub.core.tables import incoming
from hub.errors import NotFoundError


@dataclass(frozen=True, slots=True, kw_only=True)
class NewIncoming:
    """A paper to keep aside; its bytes are in the blob store. `beside` are the files given with it."""

    source: str
    name: str
    sha256: str
    size: int
    result: str  # parked or refused
    reason: str
    problems: Sequence[Mapping[str, str]]
    given: Mapping[str, Any]
    beside: Sequence[Mapping[str, Any]]
    company_id: int | None


def add(tx: Tx, new: NewIncoming) -> int:
    """Keep it; the same bytes waiting already are the same entry, told anew."""
    values = {name: getattr(new, name) for name in NewIncoming.__slots__} | {"arrived_at": tx.at, "purged_at": None}
    known = tx.conn.execute(
        sa.select(incoming.c.id).where(incoming.c.sha256 == new.sha256, incoming.c.result.in_(("parked", "refused")))
    ).scalar()
    if known is not None:
        tx.conn.execute(sa.update(incoming).where(incoming.c.id == known).values(values))
        entry = int(known)
    else:
        entry = int(tx.conn.execute(sa.insert(incoming).values(values).returning(incoming.c.id)).scalar_one())
    tx.audit(f"incoming.{new.result}", f"incoming:{entry}", sha256=new.sha256, reason=new.reason)
    return entry


def waiting(conn: Connection) -> Sequence[Row[Any]]:
    """What was parked or refused and nobody dealt with yet, oldest first."""
    statement = sa.select(incoming).where(incoming.c.result.in_(("parked", "refused")))
    return conn.execute(statement.order_by(incoming.c.id)).all()


def one(conn: Connection, incoming_id: int) -> Row[Any]:
    """One entry. Raises NotFoundError."""
    row = conn.execute(sa.select(incoming).where(incoming.c.id == incoming_id)).one_or_none()
    if row is None:
        raise NotFoundError(f"there is no paper {incoming_id} in the inbox", action="see `hub inbox list`")
    return row


def assigned(tx: Tx, incoming_id: int, document_id: int) -> None:
    """It became this document."""
    _finish(tx, incoming_id, {"result": "assigned", "document_id": document_id})
    tx.audit("incoming.assigned", f"incoming:{incoming_id}", document=document_id)


def dropped(tx: Tx, incoming_id: int, reason: str) -> None:
    """A person put it aside for good, with the reason."""
    _finish(tx, incoming_id, {"result": "dropped", "reason": reason})
    tx.audit("incoming.dropped", f"incoming:{incoming_id}", reason=reason)


def _finish(tx: Tx, incoming_id: int, values: dict[str, Any]) -> None:
    tx.conn.execute(sa.update(incoming).where(incoming.c.id == incoming_id).values(values))


def assigned_same_bytes(tx: Tx, sha256: str, document_id: int) -> None:
    """A paper that waited was accepted by another import: it waits no longer."""
    _assign_waiting(tx, sha256, document_id, ("parked", "refused"))


def assigned_inside(tx: Tx, sha256: str, document_id: int) -> None:
    """A PDF that waited for its facts lies in a paper that was accepted: it waits no longer."""
    _assign_waiting(tx, sha256, document_id, ("parked",))


_WAITING = sa.select(incoming.c.id).where(
    incoming.c.sha256 == bindparam("hash"), incoming.c.result.in_(bindparam("results", expanding=True))
)


def _assign_waiting(tx: Tx, sha256: str, document_id: int, results: Sequence[str]) -> None:
    for entry in tx.conn.execute(_WAITING, {"hash": sha256, "results": results}).scalars().all():
        assigned(tx, int(entry), document_id)


def _expired(before: int) -> sa.ColumnElement[bool]:
    return sa.and_(incoming.c.result == "refused", incoming.c.arrived_at < before, incoming.c.purged_at.is_(None))


def any_expired(conn: Connection, before: int) -> bool:
    """Whether refused papers that came before this moment (milliseconds) still have their bytes."""
    return bool(conn.execute(sa.select(sa.select(incoming.c.id).where(_expired(before)).exists())).scalar())


def purge(tx: Tx, before: int) -> set[str]:
    """Let go of the bytes of refused papers that came before this moment; returns the hashes that they named.

    The entries stay as they were. Whether another row names the same bytes is for the caller to see.
    """
    names: set[str] = set()
    for row in tx.conn.execute(sa.select(incoming).where(_expired(before)).order_by(incoming.c.id)).all():
        names |= {row.sha256, *(file["sha256"] for file in row.beside)}
        _finish(tx, row.id, {"purged_at": tx.at})
        tx.audit("incoming.purged", f"incoming:{row.id}", sha256=row.sha256)
    return names
