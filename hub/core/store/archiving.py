"""Queries that move the attempts of deliveries which ended long ago to the table for them."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hub.core.store.engine import Tx
from hub.core.tables import attempt, attempt_archive, delivery, outbox


def ended(conn: Connection, before: int, after: int, most: int) -> Sequence[int]:
    """The next deliveries behind `after` that ended before that moment and have attempts to move, by id."""
    still_open = sa.select(outbox.c.id).where(outbox.c.id == delivery.c.id)
    tried = sa.select(attempt.c.n).where(attempt.c.delivery_id == delivery.c.id)
    statement = (
        sa.select(delivery.c.id)
        .where(delivery.c.id > after, delivery.c.finished_at < before)
        .where(~still_open.exists(), tried.exists())
        .order_by(delivery.c.id)
        .limit(most)
    )
    return conn.execute(statement).scalars().all()


def move(tx: Tx, delivery_ids: Sequence[int]) -> int:
    """Move all attempts of these deliveries; returns how many there were."""
    theirs = attempt.c.delivery_id.in_(delivery_ids)
    names = [column.name for column in attempt.c]
    tx.conn.execute(sa.insert(attempt_archive).from_select(names, sa.select(attempt).where(theirs)))
    return tx.conn.execute(sa.delete(attempt).where(theirs)).rowcount
