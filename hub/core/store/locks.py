"""What one transaction keeps others from, while it lasts, where two would go wrong together.

On SQLite every write keeps every other write out, and nothing is added to that. PostgreSQL lets them run side by side:
these rows are locked, always in the order instance (`removals`), company, document, outbox, destination, so that nobody
waits in a circle. Row locks and no advisory ones: they are let go with the transaction, and go where the rows are.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa

from hub.core.store.engine import Tx
from hub.core.tables import company, delivery, document, outbox


def founding(tx: Tx) -> None:
    """Nobody else makes this home's id or a company: what is looked for and not found is then made once."""
    if _side_by_side(tx):
        tx.conn.execute(sa.text("LOCK TABLE instance IN SHARE ROW EXCLUSIVE MODE"))


def taking_in(tx: Tx, company_ids: Collection[int]) -> None:
    """Nobody else takes papers in for these companies: a double or a rival is seen."""
    if _side_by_side(tx):
        ours = sa.select(company.c.id).where(company.c.id.in_(sorted(company_ids))).order_by(company.c.id)
        _lock(tx, ours.with_for_update(key_share=True))


def sending_on(tx: Tx, document_ids: Collection[int]) -> None:
    """Nobody else makes deliveries of these papers by hand: each gets one booking road, and one next generation."""
    if _side_by_side(tx):
        papers = sa.select(document.c.id).where(document.c.id.in_(sorted(document_ids))).order_by(document.c.id)
        _lock(tx, papers.with_for_update(key_share=True))


def acting_on(tx: Tx, delivery_id: int) -> None:
    """No worker takes this delivery up, and no other person acts on it."""
    _lock_rows(tx, outbox.c.id == delivery_id)


def acting_on_document(tx: Tx, document_id: int) -> None:
    """The same for every delivery of a paper, and nobody sends it on."""
    sending_on(tx, [document_id])
    _lock_rows(tx, outbox.c.id.in_(sa.select(delivery.c.id).where(delivery.c.document_id == document_id)))


def acting_at(tx: Tx, destination_id: int) -> None:
    """The same for every delivery that waits for a person at a destination."""
    _lock_rows(tx, sa.and_(outbox.c.destination_id == destination_id, outbox.c.due_at.is_(None)))


def _lock_rows(tx: Tx, which: sa.ColumnElement[bool]) -> None:
    if _side_by_side(tx):
        _lock(tx, sa.select(outbox.c.id).where(which).order_by(outbox.c.id).with_for_update())


def _lock(tx: Tx, statement: sa.Select[Any]) -> None:
    tx.conn.execute(statement).all()


def _side_by_side(tx: Tx) -> bool:
    return tx.conn.dialect.name != "sqlite"
