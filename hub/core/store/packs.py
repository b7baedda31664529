"""Queries on packs: which papers a period has, and the packs that were made of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from hub.core.blobs import Blobs
from hub.core.clock import from_ms
from hub.core.delivery import Pack, Role, State
from hub.core.files import File
from hub.core.pack_index import Scope
from hub.core.packs import PackResult
from hub.core.periods import Period
from hub.core.store.engine import Tx
from hub.core.tables import chain, company, delivery, destination, document, pack, pack_document
from hub.errors import NotFoundError

_LIVE = (State.QUEUED, State.UNCERTAIN, State.HELD, State.DELIVERED)
_COLUMNS = (
    document.c.id,
    document.c.kind,
    document.c.number,
    document.c.issue_date,
    document.c.period_date,
    document.c.sha256,
    document.c.state,
    document.c.reason,
)


def of_period(conn: Connection, company_id: int, period: Period) -> list[Row[Any]]:
    """The papers of a period in a pack's order: by code point, whatever the database's collation is."""
    statement = sa.select(*_COLUMNS).where(
        document.c.company_id == company_id, document.c.period_date.between(period.start, period.end)
    )
    rows: Sequence[Any] = conn.execute(statement).all()
    return sorted(rows, key=lambda row: (row.kind, row.period_date, row.number, row.sha256))


def booked(conn: Connection, company_id: int, period: Period) -> dict[int, str]:
    """Which destination books which paper of a period, by document id."""
    statement = (
        sa.select(delivery.c.document_id, destination.c.name)
        .join(destination, destination.c.id == delivery.c.destination_id)
        .join(document, document.c.id == delivery.c.document_id)
        .where(document.c.company_id == company_id, document.c.period_date.between(period.start, period.end))
        .where(destination.c.role == Role.BOOKING, delivery.c.state.in_(_LIVE))
        .order_by(destination.c.id.desc())
    )
    return {row.document_id: row.name for row in conn.execute(statement)}


def packed_before(conn: Connection, company_id: int, target: str) -> frozenset[int]:
    """The papers that went into an earlier pack for the same target."""
    statement = sa.select(pack_document.c.document_id).join(pack)
    return frozenset(conn.execute(statement.where(pack.c.company_id == company_id, pack.c.target == target)).scalars())


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A pack that was written, for the record."""

    company_id: int
    scope: Scope
    result: PackResult
    target: str
    document_ids: Sequence[int]


def add(tx: Tx, made: Made) -> int:
    """Record a pack."""
    scope = made.scope
    row = {
        "company_id": made.company_id,
        "period": scope.period.name,
        "sha256": made.result.sha256,
        "size": made.result.size,
        "documents": made.result.documents,
        "scope": {"kinds": sorted(scope.kinds), "formats": sorted(scope.formats)},
        "left_out": [
            {"document": left.number, "sha256": left.sha256, "reason": left.reason} for left in made.result.left_out
        ],
        "target": made.target,
        "created_at": tx.at,
    }
    new = int(tx.conn.execute(sa.insert(pack).values(row).returning(pack.c.id)).scalar_one())
    if made.document_ids:
        rows = [{"pack_id": new, "document_id": found} for found in made.document_ids]
        tx.conn.execute(sa.insert(pack_document), rows)
    tx.audit("pack.made", f"pack:{new}", sha256=made.result.sha256, period=scope.period.name, target=made.target)
    return new


def first_alike(conn: Connection, company_id: int, sha256: str) -> int:
    """The first pack of a company with exactly these bytes."""
    alike = sa.select(sa.func.min(pack.c.id)).where(pack.c.company_id == company_id, pack.c.sha256 == sha256)
    return int(conn.execute(alike).scalar_one())


def load(conn: Connection, blobs: Blobs, pack_id: int) -> Pack:
    """A pack whose ZIP is in the blob store. Raises NotFoundError."""
    row = one(conn, pack_id)
    name = f"{row.company_number}_{row.period}.zip"
    file = File(name, "application/zip", row.size, row.sha256, lambda: blobs.open(row.sha256))
    return Pack(
        id=row.id,
        company=row.company_number,
        company_name=row.company_name,
        period=row.period,
        sha256=row.sha256,
        size=row.size,
        documents=row.documents,
        file=file,
    )


_WITH_COMPANY = sa.select(pack, company.c.number.label("company_number"), company.c.name.label("company_name")).join(
    company
)


def one(conn: Connection, pack_id: int) -> Row[Any]:
    """One pack's row. Raises NotFoundError."""
    row = conn.execute(_WITH_COMPANY.where(pack.c.id == pack_id)).one_or_none()
    if row is None:
        raise NotFoundError(f"there is no export {pack_id}", action="see `hub export list`")
    return row


def every(conn: Connection) -> Iterable[dict[str, Any]]:
    """All packs as records, oldest first."""
    for row in conn.execute(_WITH_COMPANY.order_by(pack.c.id)):
        names = ("id", "period", "sha256", "size", "documents", "target", "left_out")
        record = {name: getattr(row, name) for name in names}
        yield {**record, "company": row.company_number, "created_at": from_ms(row.created_at)}


def audit_heads(conn: Connection) -> list[dict[str, Any]]:
    """The heads that no other chain names yet, this process's among them: together they vouch for the whole log.

    A chain's first entry names every head that had moved before it, so older chains are covered by the newer ones.
    """
    moved = sa.select(chain.c.id, chain.c.seq, chain.c.hash).where(chain.c.seq > chain.c.linked_seq)
    return [{"chain": row.id, "seq": row.seq, "hash": row.hash} for row in conn.execute(moved.order_by(chain.c.id))]
