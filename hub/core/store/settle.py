"""Settling: what a step's end writes, all of it in the pump's transaction.

Outbox row, delivery, attempt and audit entry move together, only where the fence is still ours. A late "delivered"
of a claim that was lost is proof all the same: it may move the row to delivered, never away from it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam
from sqlalchemy.engine import Row

from hub.core.backoff import Pressure
from hub.core.claim import Settlement
from hub.core.clock import to_ms
from hub.core.delivery import Outcome, Receipt, State
from hub.core.store import blocking, budgets, waiting
from hub.core.store.engine import Tx
from hub.core.store.outbox import pressure_of, still_ours
from hub.core.tables import attempt, delivery, destination, outbox


def settle(tx: Tx, worker: str, settlements: Sequence[Settlement]) -> None:
    """Write how these steps ended."""
    if not settlements:
        return
    ours = still_ours(tx, worker, [settlement.claim for settlement in settlements])
    mine = [settlement for settlement in settlements if settlement.claim.lease in ours]
    late = [settlement for settlement in settlements if settlement.claim.lease not in ours]
    _write(tx, worker, mine)
    arrived = _write_late(tx, worker, late)
    waits = _press(tx, mine)
    finished = [one.claim.id for one in mine if one.state.finished and one.claim.destination_id in waits]
    waiting.let_go(tx, [*finished, *arrived])


def _write(tx: Tx, worker: str, settlements: Sequence[Settlement]) -> None:
    now = tx.clock()
    attempts = [_attempt_row(tx, worker, settlement) for settlement in settlements if settlement.outcome]
    if attempts:
        tx.conn.execute(sa.insert(attempt), attempts)
    if settlements:
        tx.conn.execute(_DELIVERY, [_delivery_row(tx, settlement) for settlement in settlements])
    kept = [_outbox_row(settlement, now) for settlement in settlements if not settlement.state.finished]
    if kept:
        tx.conn.execute(_OUTBOX, kept)
    _finish(tx, [settlement.claim.id for settlement in settlements if settlement.state.finished])
    for settlement in settlements:
        _audit(tx, settlement)


def _finish(tx: Tx, ids: Sequence[int]) -> None:
    """Take finished deliveries out of the outbox."""
    if ids:
        tx.conn.execute(_DELETE, {"ids": list(ids)})


_DELETE = sa.delete(outbox).where(outbox.c.id.in_(bindparam("ids", expanding=True)))

_DELIVERY = (
    sa.update(delivery)
    .where(delivery.c.id == bindparam("id_"))
    .values(
        state=bindparam("state_"),
        reason=bindparam("reason_"),
        detail=bindparam("detail_"),
        tries=bindparam("tries_"),
        changed_at=bindparam("at_"),
        finished_at=bindparam("finished_"),
        receipt=bindparam("receipt_", type_=sa.JSON(none_as_null=True)),
    )
)

_OUTBOX = (
    sa.update(outbox)
    .where(outbox.c.id == bindparam("id_"))
    .values(
        due_at=bindparam("due_"),
        begun=bindparam("begun_"),
        tries=bindparam("tries_"),
        attempts=bindparam("attempts_"),
        worker=None,
        crashes=0,
        alone=False,
    )
)


def _tries(settlement: Settlement) -> int:
    return settlement.claim.tries + (1 if settlement.burns_try and settlement.outcome else 0)


def _delivery_row(tx: Tx, settlement: Settlement) -> dict[str, Any]:
    return {
        "id_": settlement.claim.id,
        "state_": settlement.state.value,
        "reason_": settlement.code,
        "detail_": settlement.detail,
        "tries_": _tries(settlement),
        "at_": tx.at,
        "finished_": tx.at if settlement.state.finished else None,
        "receipt_": receipt_row(settlement.receipt),
    }


def _outbox_row(settlement: Settlement, now: int) -> dict[str, Any]:
    return {
        "id_": settlement.claim.id,
        "due_": None if settlement.due_in is None else now + settlement.due_in,
        "begun_": settlement.begun,
        "tries_": _tries(settlement),
        "attempts_": settlement.claim.attempts + (1 if settlement.outcome else 0),
    }


def _attempt_row(tx: Tx, worker: str, settlement: Settlement) -> dict[str, Any]:
    return {
        "delivery_id": settlement.claim.id,
        "n": settlement.claim.attempts + 1,
        "worker": worker,
        "started_at": settlement.started_at,
        "ended_at": tx.at,
        "outcome": settlement.outcome,
        "code": settlement.code,
        "detail": settlement.detail,
        "sent_sha256": settlement.sent_sha256,
    }


def receipt_row(receipt: Receipt | None) -> dict[str, Any] | None:
    """A receipt as it is stored; at most 4 KiB, the core checked that."""
    if receipt is None:
        return None
    at = None if receipt.at is None else to_ms(receipt.at)
    return {"reference": receipt.reference, "at": at, "detail": dict(receipt.detail)}


def _audit(tx: Tx, settlement: Settlement) -> None:
    tx.audit(
        f"delivery.{settlement.state}",
        f"delivery:{settlement.claim.id}",
        code=settlement.code,
        key=settlement.claim.key,
        outcome=settlement.outcome,
        sent=settlement.sent_sha256,
    )


# Locked: whoever holds it may write its next attempt at this very moment.
_ATTEMPTS_SO_FAR = sa.select(outbox.c.attempts).where(outbox.c.id == bindparam("one")).with_for_update()


def _write_late(tx: Tx, worker: str, settlements: Iterable[Settlement]) -> list[int]:
    """Keep a late outcome as evidence; a receipt is proof, so a delivery that still waits is delivered by it.

    Returns what was.
    """
    arrived: list[int] = []
    for settlement in settlements:
        subject = f"delivery:{settlement.claim.id}"
        tx.audit("delivery.late", subject, outcome=settlement.outcome, code=settlement.code, worker=worker)
        if settlement.outcome is not Outcome.DELIVERED:
            continue
        row = tx.conn.execute(_ATTEMPTS_SO_FAR, {"one": settlement.claim.id}).one_or_none()
        if row is not None:
            number = {"n": row.attempts + 1}
            tx.conn.execute(sa.insert(attempt), [_attempt_row(tx, worker, settlement) | number])
            tx.conn.execute(_DELIVERY, [_delivery_row(tx, settlement)])
            _finish(tx, [settlement.claim.id])
            _audit(tx, settlement)
            arrived.append(settlement.claim.id)
    return arrived


def _press(tx: Tx, settlements: Sequence[Settlement]) -> set[int]:
    """What these outcomes mean for their destinations: window, breaker, rest, block, limits.

    Returns those of them where one row may wait for another.
    """
    by_place: dict[int, list[Settlement]] = defaultdict(list)
    for settlement in settlements:
        by_place[settlement.claim.destination_id].append(settlement)
    if not by_place:
        return set()
    places = tx.conn.execute(_PLACES, {"places": sorted(by_place)}).all()
    tx.conn.execute(_PRESSED, [_pressed(tx, place, by_place[place.id]) for place in places])
    for place in places:
        blocking.block(tx, place, by_place[place.id])
        if _after(place, by_place[place.id], tx.clock()).hopeless(tx.clock()):
            blocking.give_up_hope(tx, place)
    budgets.settled(tx, places, settlements)
    return {place.id for place in places if place.ordered or place.credit_waits}


_PLACES = (
    sa.select(destination)
    .where(destination.c.id.in_(bindparam("places", expanding=True)))
    .order_by(destination.c.id)
    .with_for_update()
)
_PRESSED = (
    sa.update(destination)
    .where(destination.c.id == bindparam("place"))
    .values(
        window_size=bindparam("window"),
        window_credit=bindparam("credit"),
        fails_in_row=bindparam("fails"),
        opened_at=bindparam("opened"),
        rest_until=bindparam("rest"),
        failing_since=bindparam("failing"),
        next_due=bindparam("next"),
        last_delivered_at=bindparam("delivered"),
    )
)


def _after(place: Row[Any], settlements: Sequence[Settlement], now: int) -> Pressure:
    pressure = pressure_of(place)
    for settlement in settlements:
        if settlement.unwell is not None:
            pressure = pressure.failed(now) if settlement.unwell else pressure.succeeded()
        pressure = pressure.rested(settlement.rest, now)
    return pressure


def _pressed(tx: Tx, place: Row[Any], settlements: Sequence[Settlement]) -> dict[str, Any]:
    now = tx.clock()
    pressure = _after(place, settlements, now)
    arrived = any(settlement.state is State.DELIVERED for settlement in settlements)
    return {
        "place": place.id,
        "window": pressure.window,
        "credit": pressure.credit,
        "fails": pressure.fails_in_row,
        "opened": pressure.opened_at,
        "failing": pressure.failing_since,
        "rest": pressure.rest_until,
        "next": max(now, pressure.quiet_until()),  # a slot is free, so look soon
        "delivered": tx.at if arrived else place.last_delivered_at,
    }
