"""Queries that count: what is left to do, what waits for a person, how each destination stands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from hub.core.delivery import DestinationState, Priority, State
from hub.core.store.engine import database_ms
from hub.core.tables import delivery, destination, incoming, outbox

_DAY_MS = 86_400_000

SHOWN_STATE = sa.case(
    (sa.and_(outbox.c.worker.is_not(None), outbox.c.due_at > database_ms()), State.SENDING.value),
    (outbox.c.begun, State.UNCERTAIN.value),
    else_=delivery.c.state,
)


def database_now(conn: Connection) -> int:
    """The database's clock, in milliseconds."""
    return int(conn.execute(sa.select(database_ms())).scalar_one())


def _only(statement: sa.Select[Any], only: frozenset[int] | None) -> sa.Select[Any]:
    return statement if only is None else statement.where(destination.c.id.in_(only))


def anything_to_do(conn: Connection, only: frozenset[int] | None) -> bool:
    """Whether an active destination has anything that the engine will still take up by itself.

    What waits for another row does not count: that row does, or else it waits for a person.
    """
    at_an_active = sa.or_(*(_any_due(priority) for priority in Priority))
    active = sa.select(destination.c.id).where(destination.c.state == DestinationState.ACTIVE, at_an_active)
    return bool(conn.execute(sa.select(_only(active, only).exists())).scalar())


def _any_due(priority: Priority) -> sa.ColumnElement[bool]:
    """Whether a destination has one of these: a look into one range of the claim's index."""
    behind = outbox.alias("behind")  # asked by id, so that the index of the claim is enough for all others
    waits = sa.select(behind.c.id).where(
        behind.c.id == outbox.c.id, behind.c.waits_for.is_not(None), behind.c.due_at > database_ms()
    )
    due = sa.select(outbox.c.id).where(
        outbox.c.destination_id == destination.c.id,
        outbox.c.priority == int(priority),
        outbox.c.due_at.is_not(None),
        ~waits.exists(),
    )
    return due.exists()


def someone_must_look(conn: Connection, only: frozenset[int] | None) -> bool:
    """Whether something is held, uncertain, rejected, or waits at a paused or blocked destination.

    An open breaker is a blocked destination to people; what merely waits for its next try is nobody's business.
    """
    shut = sa.or_(destination.c.state != DestinationState.ACTIVE, destination.c.opened_at.is_not(None))
    left = (
        sa.select(outbox.c.id)
        .join(destination, destination.c.id == outbox.c.destination_id)
        .join(delivery, delivery.c.id == outbox.c.id)
        .where(sa.or_(shut, SHOWN_STATE.in_((State.HELD, State.UNCERTAIN))))
    )
    later = delivery.alias("later")
    anew = sa.select(later.c.id).where(
        later.c.destination_id == delivery.c.destination_id,
        later.c.subject == delivery.c.subject,
        later.c.generation > delivery.c.generation,
    )
    rejected = (
        sa.select(delivery.c.id)
        .join(destination, destination.c.id == delivery.c.destination_id)
        .where(delivery.c.state == State.REJECTED, ~anew.exists())
    )
    in_outbox = _only(left, only).exists()
    return bool(conn.execute(sa.select(sa.or_(in_outbox, _only(rejected, only).exists()))).scalar())


def states(conn: Connection) -> dict[str, int]:
    """How many deliveries are in each state."""
    statement = (
        sa.select(SHOWN_STATE.label("state"), sa.func.count().label("count"))
        .select_from(delivery.outerjoin(outbox, outbox.c.id == delivery.c.id))
        .group_by(sa.text("1"))
    )
    counted = {row.state: int(row[1]) for row in conn.execute(statement)}
    return {state.value: counted.get(state.value, 0) for state in State}


def places(conn: Connection) -> Sequence[Row[Any]]:
    """Each destination with the age of its oldest due paper and how the last day went."""
    oldest = (
        sa.select(sa.func.min(delivery.c.created_at))
        .join(outbox, outbox.c.id == delivery.c.id)
        .where(delivery.c.destination_id == destination.c.id)
    )
    day = database_ms() - _DAY_MS
    finished = sa.select(sa.func.count()).where(
        delivery.c.destination_id == destination.c.id, delivery.c.finished_at > day
    )
    delivered = finished.where(delivery.c.state == State.DELIVERED)
    ended = finished.where(delivery.c.state.in_((State.DELIVERED, State.REJECTED)))
    statement = (
        sa.select(
            destination,
            oldest.scalar_subquery().label("oldest_at"),
            delivered.scalar_subquery().label("delivered_24h"),
            ended.scalar_subquery().label("ended_24h"),
        )
        .where(destination.c.removed_at.is_(None))
        .order_by(destination.c.id)
    )
    return conn.execute(statement).all()


def in_tray(conn: Connection) -> int:
    """How many papers were parked and wait to be sorted."""
    return int(conn.execute(sa.select(sa.func.count()).where(incoming.c.result == "parked")).scalar_one())
