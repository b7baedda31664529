"""What a person may do to deliveries: retry, cancel, approve, resolve, hold and release. Each in one transaction.

An act holds at once, whether or not a worker runs; it raises the row's fence, so that a worker that stalled cannot
write over it. A delivery that is being sent right now cannot be acted on: its outcome comes first.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy.engine import Row

from hub.core.delivery import State
from hub.core.routing import needs_approval
from hub.core.store import deliveries, documents, locks
from hub.core.store.engine import Tx
from hub.errors import TemporaryError, UsageError

_BY_DOCUMENT = ("conflict", "document_held")  # reasons that a document's hold put on its deliveries


def retry(tx: Tx, delivery_id: int) -> None:
    """Make a queued delivery due now, or take a held one up again with the same key.

    A held one is prepared anew, unless an attempt may have put its bytes on the wire: then the same bytes go.
    """
    row = _open(tx, delivery_id, {State.QUEUED, State.HELD}, "retried")
    if row.reason == "approval":
        raise UsageError(f"delivery {delivery_id} waits for approval", action=f"hub outbox approve {delivery_id}")
    fresh = row.state == State.HELD and not deliveries.maybe_sent(tx.conn, delivery_id)
    deliveries.requeue(tx, row, fresh=fresh, by_hand=True)
    tx.audit("delivery.retried", f"delivery:{delivery_id}")


def cancel(tx: Tx, delivery_id: int) -> None:
    """Stop a delivery for good; only a new generation starts it again."""
    row = _open(tx, delivery_id, {State.QUEUED, State.HELD, State.UNCERTAIN}, "cancelled")
    deliveries.finish_by_hand(tx, row, State.CANCELLED)
    tx.audit("delivery.cancelled", f"delivery:{delivery_id}")


def approve(tx: Tx, delivery_id: int) -> None:
    """Say yes to a paper that waits for approval; when its destination has had enough of them, free the rest."""
    row = _open(tx, delivery_id, {State.HELD}, "approved")
    if row.reason != "approval":
        raise UsageError(
            f"delivery {delivery_id} is held for {row.reason}, not for approval", action="hub outbox retry"
        )
    tx.audit("delivery.approved", f"delivery:{delivery_id}")
    deliveries.requeue(tx, row, fresh=False)
    place = deliveries.count_approval(tx, row.destination_id)
    if not needs_approval(place.approve, place.approved):
        locks.acting_at(tx, row.destination_id)
        for waiting in deliveries.held_at(tx.conn, row.destination_id, "approval"):
            deliveries.requeue(tx, waiting, fresh=False)


def resolve(tx: Tx, delivery_id: int, *, arrived: bool) -> None:
    """Say of an uncertain delivery that it arrived, or that it must be sent again (same key, same bytes)."""
    row = _open(tx, delivery_id, {State.UNCERTAIN}, "resolved")
    if arrived:
        receipt = {"reference": "", "at": tx.at, "detail": {"by": tx.actor}}
        deliveries.finish_by_hand(tx, row, State.DELIVERED, receipt)
    else:
        deliveries.requeue(tx, row, fresh=False, by_hand=True)
    tx.audit("delivery.resolved", f"delivery:{delivery_id}", arrived=arrived)


def hold_document(tx: Tx, document_id: int) -> None:
    """Keep a document from going anywhere further. What is being sent right now is not stopped."""
    locks.acting_on_document(tx, document_id)
    documents.state_of(tx.conn, document_id)
    documents.set_state(tx, document_id, "held", "by_hand")
    for row in deliveries.of_document(tx.conn, document_id):
        state = shown_state(tx, row)
        if state is State.QUEUED or (state is State.HELD and row.reason == "approval"):
            deliveries.hold(tx, row, "document_held")


def release_document(tx: Tx, document_id: int) -> None:
    """Let a held document go: a conflict looked at, a hold lifted."""
    locks.acting_on_document(tx, document_id)
    row = documents.state_of(tx.conn, document_id)
    if row.state == "ok":
        raise UsageError(f"document {document_id} is not held", action=f"see `hub doc show {document_id}`")
    documents.set_state(tx, document_id, "ok", "")
    for waiting in deliveries.of_document(tx.conn, document_id):
        if waiting.state == State.HELD and waiting.reason in _BY_DOCUMENT:
            place = deliveries.approval_of(tx.conn, waiting.destination_id)
            if needs_approval(place.approve, place.approved):
                deliveries.hold(tx, waiting, "approval")
            else:
                deliveries.requeue(tx, waiting, fresh=False)


def shown_state(tx: Tx, row: Row[Any]) -> State:
    """The state people see: a live lease is `sending`, a mark is `uncertain`, else what is stored."""
    if row.worker is not None and row.due_at > tx.clock():
        return State.SENDING
    return State.UNCERTAIN if row.begun else State(row.state)


def _open(tx: Tx, delivery_id: int, allowed: set[State], word: str) -> Row[Any]:
    """The delivery, when its state allows the act."""
    locks.acting_on(tx, delivery_id)
    row = deliveries.with_row(tx.conn, delivery_id)
    state = shown_state(tx, row)
    if state is State.SENDING:
        raise TemporaryError(
            f"delivery {delivery_id} is being sent right now", code="in_flight", action="try again in a minute"
        )
    if state not in allowed:
        raise UsageError(
            f"delivery {delivery_id} is {state}, it cannot be {word}", code="wrong_state", action=_advice(row, state)
        )
    return row


def _advice(row: Row[Any], state: State) -> str:
    if state is State.UNCERTAIN:
        return f"say what happened: hub outbox resolve {row.id} --arrived, or --resend"
    if state.finished:
        return f"start anew: hub doc deliver {row.document_id} --again"
    return f"see `hub outbox show {row.id}`"
