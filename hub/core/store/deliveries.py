"""Queries on deliveries: putting papers in the outbox, and what becomes of them by a person's hand."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam
from sqlalchemy.engine import Connection, Row

from hub.core.delivery import Outcome, Priority, State
from hub.core.routing import needs_approval
from hub.core.store import waiting
from hub.core.store.engine import Tx
from hub.core.store.outbox import wake
from hub.core.tables import attempt, delivery, destination, outbox
from hub.errors import NotFoundError


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What is delivered: a document or a pack of a company, and the hash its key hangs on.

    `held` keeps it in the outbox for a person, with that reason. `priority` says who goes first there.
    """

    company_id: int
    sha256: str
    document_id: int | None = None
    pack_id: int | None = None
    held: str = ""
    priority: Priority = Priority.AUTOMATIC

    @property
    def name(self) -> str:
        """`d7` or `p7`: one column that tells documents and packs apart."""
        return f"d{self.document_id}" if self.document_id is not None else f"p{self.pack_id}"


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


def key(instance: uuid.UUID, destination_uid: str, sha256: str, generation: int) -> str:
    """The name of a delivery on every attempt, made before the first one."""
    return str(uuid.uuid5(instance, f"{destination_uid}|{sha256}|{generation}"))


_TARGETS = (
    sa.select(
        destination.c.id,
        destination.c.uid,
        destination.c.approve,
        destination.c.approved,
        destination.c.ordered,
        destination.c.credit_waits,
        sa.select(sa.func.coalesce(sa.func.max(delivery.c.generation), 0))
        .where(delivery.c.destination_id == destination.c.id, delivery.c.subject == bindparam("subject"))
        .scalar_subquery()
        .label("generation"),
    )
    .where(destination.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(destination.c.id)
)
_INSERT = sa.insert(delivery).returning(delivery.c.id, sort_by_parameter_order=True)


def enqueue(tx: Tx, instance: uuid.UUID, subject: Subject, destination_ids: Sequence[int]) -> list[int]:
    """Put a paper in the outbox for these destinations, each as its next generation; returns the delivery ids.

    At a destination that wants approval first, it waits there for a person.
    """
    if not destination_ids:
        return []
    targets = tx.conn.execute(_TARGETS, {"ids": destination_ids, "subject": subject.name}).all()
    if any(target.ordered or target.credit_waits for target in targets):
        waiting.lock(tx, destination_ids)
    rows = [_row(tx, instance, subject, target) for target in targets]
    made = list(tx.conn.execute(_INSERT, rows).scalars())
    queued = [_outbox_row(tx, subject, target, new) for new, target in zip(made, targets, strict=True)]
    for one, row in zip(queued, rows, strict=True):
        if row["reason"]:
            one |= {"due_at": None, "waits_for": None}
    tx.conn.execute(sa.insert(outbox), queued)
    wake(tx, [one["destination_id"] for one in queued if one["due_at"] is not None], tx.clock())
    for new, row in zip(made, rows, strict=True):
        told = {"subject": subject.name, "destination": row["destination_id"], "held": row["reason"]}
        tx.audit("delivery.queued", f"delivery:{new}", **told)
    return made


def _row(tx: Tx, instance: uuid.UUID, subject: Subject, target: Any) -> dict[str, Any]:
    """The next generation of a paper at a destination."""
    reason = subject.held or ("approval" if needs_approval(target.approve, target.approved) else "")
    generation = target.generation + 1
    return {
        "company_id": subject.company_id,
        "destination_id": target.id,
        "document_id": subject.document_id,
        "pack_id": subject.pack_id,
        "subject": subject.name,
        "key": key(instance, target.uid, subject.sha256, generation),
        "generation": generation,
        "state": State.HELD if reason else State.QUEUED,
        "reason": reason,
        "created_at": tx.at,
        "changed_at": tx.at,
    }


def _outbox_row(tx: Tx, subject: Subject, target: Any, new: int) -> dict[str, Any]:
    """The engine's row of a new delivery, due when its turn is."""
    lane = waiting.lane_of(target.ordered, subject.company_id)
    credits_ = waiting.credited(tx, subject.document_id) if target.credit_waits and not lane else ()
    row = {"id": new, "destination_id": target.id, "lane": lane, "credits": credits_[0] if credits_ else ""}
    place = waiting.Place(**row, document_id=subject.document_id)
    turn = waiting.turn(tx, place)
    if target.credit_waits and not lane:
        waiting.put_credit_notes_behind(tx, place)
    return row | {"priority": int(subject.priority), "due_at": turn.due_at, "waits_for": turn.waits_for}


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
