"""Queries for `hub verify`: what is named, what is chained, and what does not add up."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hub.core.audit import Entry, Head
from hub.core.delivery import State
from hub.core.tables import audit, chain, delivery, document_file, incoming, outbox, pack

_FINISHED = [state.value for state in State if state.finished]


def named_blobs(conn: Connection) -> dict[str, str]:
    """Every blob that some row names, with who names it. A pack's ZIP counts when a delivery carries it."""
    found: dict[str, str] = {}
    kept = sa.and_(incoming.c.result.in_(("parked", "refused")), incoming.c.purged_at.is_(None))
    for row in conn.execute(sa.select(incoming.c.id, incoming.c.sha256, incoming.c.beside).where(kept)):
        found[row.sha256] = f"incoming:{row.id}"
        found |= {file["sha256"]: f"incoming:{row.id}" for file in row.beside}
    prepared = sa.select(delivery.c.id, delivery.c.prepared).where(delivery.c.prepared.is_not(None))
    for delivery_id, parts in conn.execute(prepared):
        found |= {part["sha256"]: f"delivery:{delivery_id}" for part in parts or ()}
    for document_id, sha256 in conn.execute(sa.select(document_file.c.document_id, document_file.c.sha256)):
        found[sha256] = f"document:{document_id}"
    return found


def in_use(conn: Connection, hashes: set[str]) -> set[str]:
    """Those of these blobs that any row names, also where `hub verify` does not look: papers dealt with, packs."""
    return hashes.intersection(names(conn))


def names(conn: Connection) -> Iterator[str]:
    """Every blob that any row names, some of them several times."""
    kept = incoming.c.purged_at.is_(None)
    for statement in (
        sa.select(document_file.c.sha256),
        sa.select(pack.c.sha256),
        sa.select(incoming.c.sha256).where(kept),
    ):
        yield from conn.execute(statement).scalars()
    for statement in (sa.select(incoming.c.beside).where(kept), sa.select(delivery.c.prepared)):
        for files in conn.execute(statement).scalars():
            yield from (file["sha256"] for file in files or ())


def heads(conn: Connection) -> list[Head]:
    """The head of every chain."""
    rows = conn.execute(sa.select(chain.c.id, chain.c.seq, chain.c.hash).order_by(chain.c.started_at, chain.c.id))
    return [Head(row.id, row.seq, row.hash) for row in rows]


def entries(conn: Connection, chain_id: str) -> Iterator[Entry]:
    """The entries of a chain, in order."""
    statement = sa.select(audit).where(audit.c.chain == chain_id).order_by(audit.c.seq)
    for row in conn.execute(statement).mappings():
        yield Entry(**row)


def links(conn: Connection) -> Iterator[tuple[str, str]]:
    """The first entry's detail of every chain, which names heads of others."""
    for row in conn.execute(sa.select(audit.c.chain, audit.c.detail).where(audit.c.action == "chain.started")):
        yield row.chain, row.detail


def hash_at(conn: Connection, chain_id: str, seq: int) -> str | None:
    """The hash of an entry; None when there is none."""
    statement = sa.select(audit.c.hash).where(audit.c.chain == chain_id, audit.c.seq == seq)
    return conn.execute(statement).scalar()


def strays(conn: Connection) -> int:
    """How many entries belong to no known chain."""
    known = sa.select(chain.c.id)
    return conn.execute(sa.select(sa.func.count()).where(audit.c.chain.not_in(known))).scalar_one()


def integrity(conn: Connection) -> list[str]:
    """What SQLite itself finds wrong with the file."""
    answers = conn.exec_driver_sql("PRAGMA integrity_check").scalars().all()
    return [] if answers == ["ok"] else [str(answer) for answer in answers]


def ledger_faults(conn: Connection) -> Iterator[tuple[int, str]]:
    """Deliveries whose state and outbox row contradict each other."""
    joined = delivery.outerjoin(outbox, outbox.c.id == delivery.c.id)
    waiting = delivery.c.state.not_in(_FINISHED)
    statement = sa.select(delivery.c.id, delivery.c.state).select_from(joined)
    for row in conn.execute(statement.where(waiting, outbox.c.id.is_(None))):
        yield row.id, f"it is {row.state}, but the outbox does not have it"
    for row in conn.execute(statement.where(~waiting, outbox.c.id.is_not(None))):
        yield row.id, f"it is {row.state}, but the outbox still has it"
    for row in conn.execute(statement.where(delivery.c.state == State.DELIVERED, delivery.c.receipt.is_(None))):
        yield row.id, "it is delivered without a receipt"
