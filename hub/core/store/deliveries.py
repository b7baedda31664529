"""Queries on deliveries: what is known of them, and what becomes of them by a person's hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from hub.core.delivery import Outcome, Priority, State
from hub.core.store import waiting
from hub.core.store.engine import Tx
from hub.core.store.outbox import wake
from hub.core.tables import attempt, delivery, destination, outbox
from hub.errors import NotFoundError

_WITH_ROW = sa.select(
    delivery,
    outbox.c.worker,
    outbox.c.due_at,
    outbox.c.begun,
    outbox.c.fence,
    outbox.c.attempts,
    outbox.c.lane,
    outbox.c.credits,
    outbox.c.waits_for,
).outerjoin(outbox, outbox.c.id == delivery.c.id)


def latest(conn: Connection, destination_id: int, subject: str) -> Row[Any] | None:
    """The newest generation of a paper at a destination."""
    statement = (
        sa.select(delivery)
        .where(delivery.c.destination_id == destination_id, delivery.c.subject == subject)
        .order_by(delivery.c.generation.desc())
        .limit(1)
    )
    return conn.execute(statement).one_or_none()


def with_row(conn: Connection, delivery_id: int) -> Row[Any]:
    """A delivery with its outbox row: `worker`, `due_at`, `begun`, `fence` are null when it is finished."""
    statement = _WITH_ROW.where(delivery.c.id == delivery_id)
    row = conn.execute(statement).one_or_none()
    if row is None:
        raise NotFoundError(f"there is no delivery {delivery_id}", action="see `hub outbox list`")
    return row


def of_document(conn: Connection, document_id: int) -> Sequence[Row[Any]]:
    """All deliveries of a document, with their outbox rows, oldest first."""
    statement = _WITH_ROW.where(delivery.c.document_id == document_id).order_by(delivery.c.id)
    return conn.execute(statement).all()


def held_at(conn: Connection, destination_id: int, reason: str) -> Sequence[Row[Any]]:
    """The deliveries of a destination that a person must look at for this reason."""
    statement = _WITH_ROW.where(
        delivery.c.destination_id == destination_id, delivery.c.state == State.HELD, delivery.c.reason == reason
    )
    return conn.execute(statement.order_by(delivery.c.id)).all()


def waiting_at(conn: Connection, destination_id: int) -> Sequence[int]:
    """The deliveries of a destination that are not finished, oldest first."""
    statement = sa.select(outbox.c.id).where(outbox.c.destination_id == destination_id)
    return conn.execute(statement.order_by(outbox.c.id)).scalars().all()


def maybe_sent(conn: Connection, delivery_id: int) -> bool:
    """Whether an attempt may have put bytes on the wire without a clear answer."""
    lost = (attempt.c.outcome == Outcome.LOST) & (attempt.c.code == "lost_after_mark")
    unclear = sa.or_(attempt.c.outcome == Outcome.UNCERTAIN, lost)
    statement = sa.select(attempt.c.n).where(attempt.c.delivery_id == delivery_id, unclear)
    return bool(conn.execute(sa.select(statement.exists())).scalar())


def requeue(tx: Tx, row: Row[Any], *, fresh: bool, by_hand: bool = False) -> None:
    """Due when its turn is, the same key; `fresh` forgets the prepared bytes. A stalled worker cannot write over it.

    What a person asked for goes first, and a credit note then without its invoice.
    """
    waiting.lock(tx, [row.destination_id])
    turn = waiting.turn(tx, waiting.Place.of(row), hurried=by_hand)
    values: dict[str, Any] = {"state": State.QUEUED, "reason": "", "detail": "", "changed_at": tx.at}
    if fresh:
        values["prepared"] = sa.null()
    _update(tx, row.id, values)
    priority = {"priority": int(Priority.BY_HAND)} if by_hand else {}
    _update_row(tx, row.id, due_at=turn.due_at, waits_for=turn.waits_for, begun=False, **priority)
    wake(tx, [row.destination_id], tx.clock())


def hold(tx: Tx, row: Row[Any], reason: str) -> None:
    """Keep it for a person."""
    _update(tx, row.id, {"state": State.HELD, "reason": reason, "detail": "", "changed_at": tx.at})
    _update_row(tx, row.id, due_at=None)
    tx.audit("delivery.held", f"delivery:{row.id}", reason=reason)


def finish_by_hand(tx: Tx, row: Row[Any], state: State, receipt: dict[str, Any] | None = None) -> None:
    """End it by a person's word, and take it out of the outbox."""
    values = {"state": state, "reason": "by_hand", "detail": "", "changed_at": tx.at, "finished_at": tx.at}
    if receipt is not None:
        values["receipt"] = receipt
    _update(tx, row.id, values)
    tx.conn.execute(sa.delete(outbox).where(outbox.c.id == row.id))
    waiting.let_go(tx, [row.id])


def _update(tx: Tx, delivery_id: int, values: dict[str, Any]) -> None:
    tx.conn.execute(sa.update(delivery).where(delivery.c.id == delivery_id).values(values))


def _update_row(tx: Tx, delivery_id: int, **values: Any) -> None:
    raised = {"fence": outbox.c.fence + 1, "worker": None, "crashes": 0, "alone": False, "waits_for": None, **values}
    tx.conn.execute(sa.update(outbox).where(outbox.c.id == delivery_id).values(raised))


def approval_of(conn: Connection, destination_id: int) -> Any:
    """A destination's `approve` rule and how many were `approved`."""
    columns = (destination.c.id, destination.c.approve, destination.c.approved)
    return conn.execute(sa.select(*columns).where(destination.c.id == destination_id)).one()


def count_approval(tx: Tx, destination_id: int) -> Any:
    """One more approved; returns the rule and the new count."""
    statement = sa.update(destination).where(destination.c.id == destination_id)
    tx.conn.execute(statement.values(approved=destination.c.approved + 1))
    return approval_of(tx.conn, destination_id)
