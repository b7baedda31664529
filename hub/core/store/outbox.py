"""The engine's side of the outbox: the fence, the mark, renewing and handing back. Claims: `claiming.py`.

`due_at` is schedule, backoff and lease in one: a claim moves it into the future, so an expired lease is simply due
again and no rescue loop exists that could stall or race. A claim never touches `begun`. All of these run inside the
pump's transaction; leases are judged by the database's clock.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam
from sqlalchemy.engine import Connection, Row

from hub.core.backoff import Pressure
from hub.core.claim import Claim
from hub.core.delivery import DestinationState, Priority
from hub.core.store.engine import Tx, database_ms
from hub.core.tables import delivery, destination, outbox

Parts = Sequence[Mapping[str, Any]]

_SAFETY_MS = 1_000  # a mark needs this much of its lease left


def pressure_of(place: Row[Any]) -> Pressure:
    """The engine's columns of a destination's row."""
    return Pressure(
        window=place.window_size,
        credit=place.window_credit,
        inflight_max=place.inflight_max,
        fails_in_row=place.fails_in_row,
        opened_at=place.opened_at,
        rest_until=place.rest_until,
        failing_since=place.failing_since,
    )


_OURS = (
    sa.select(outbox.c.id, outbox.c.fence, outbox.c.due_at)
    .where(outbox.c.id.in_(bindparam("ids", expanding=True)), outbox.c.worker == bindparam("me"))
    .with_for_update()
)


def still_ours(tx: Tx, worker: str, claims: Iterable[Claim]) -> dict[tuple[int, int], int]:
    """The fence: which of these claims this worker still holds, as `claim.lease` -> `due_at`. Locks the rows.

    A claim that is not in the answer was lost to another worker or to a person's act; nothing may be written for it.
    """
    leases = {claim.lease for claim in claims}
    if not leases:
        return {}
    rows = tx.conn.execute(_OURS, {"ids": [one for one, _ in leases], "me": worker}).all()
    return {(row[0], row[1]): row[2] for row in rows if (row[0], row[1]) in leases}


_BEGIN = sa.update(outbox).where(outbox.c.id.in_(bindparam("ids", expanding=True))).values(begun=True)
_PREPARED = (
    sa.update(delivery).where(delivery.c.id == bindparam("one")).values(prepared=bindparam("parts", type_=sa.JSON))
)


def mark(tx: Tx, worker: str, wanted: Sequence[tuple[Claim, Parts]]) -> set[tuple[int, int]]:
    """Set `begun` before the first byte leaves, and record the exact bytes; returns the leases that may be used.

    A claim that is not among them must not be sent: its lease is over or nearly so, by the clock after the rows
    were locked.
    """
    ours = still_ours(tx, worker, [claim for claim, _ in wanted])
    if not ours:
        return set()
    safe_until = tx.clock_after_waiting() + _SAFETY_MS
    going = [(claim, parts) for claim, parts in wanted if ours.get(claim.lease, 0) > safe_until]
    if going:
        tx.conn.execute(_BEGIN, {"ids": [claim.id for claim, _ in going]})
    fresh = [{"one": claim.id, "parts": list(parts)} for claim, parts in going if claim.prepared is None]
    if fresh:
        tx.conn.execute(_PREPARED, fresh)
    return {claim.lease for claim, _ in going}


def keep_steps(tx: Tx, worker: str, claim: Claim, steps: Mapping[str, str]) -> bool:
    """Record what a claim has done so far; False, and nothing written, when this worker no longer holds it."""
    if not still_ours(tx, worker, [claim]):
        return False
    tx.conn.execute(sa.update(delivery).where(delivery.c.id == claim.id).values(steps=dict(steps)))
    return True


def renew(tx: Tx, worker: str, claims: Iterable[Claim], lease_ms: int) -> set[int]:
    """Extend the leases this worker holds; returns the ids it still holds."""
    ours = still_ours(tx, worker, claims)
    ids = {one for one, _ in ours}
    if ids:
        statement = sa.update(outbox).where(outbox.c.id.in_(ids))
        tx.conn.execute(statement.values(due_at=tx.clock() + lease_ms))
    return ids


def hand_back(tx: Tx, worker: str, claims: Iterable[Claim]) -> None:
    """Give up claims: due at once for anybody. What was marked stays marked and will be traced."""
    ids = [one for one, _ in still_ours(tx, worker, claims)]
    if ids:
        now = tx.clock()
        tx.conn.execute(sa.update(outbox).where(outbox.c.id.in_(ids)).values(due_at=now, worker=None))
        places = sa.select(outbox.c.destination_id).where(outbox.c.id.in_(ids)).distinct()
        tx.conn.execute(sa.update(destination).where(destination.c.id.in_(places)).values(next_due=now))
        tx.rings = True


_RESTING = destination.c.rest_until > bindparam("due")


def disown(tx: Tx, worker: str, known: Collection[int]) -> None:
    """Give up what this worker leased and does not know of: the answer to that commit was lost on its way."""
    unknown = sa.select(outbox.c.id, outbox.c.destination_id).where(
        outbox.c.worker == worker, outbox.c.id.not_in(known)
    )
    rows = tx.conn.execute(unknown.with_for_update()).all()
    if rows:
        mine = sa.update(outbox).where(outbox.c.id.in_([row.id for row in rows]))
        tx.conn.execute(mine.values(due_at=tx.clock(), worker=None))
        wake(tx, sorted({row.destination_id for row in rows}), tx.clock())


_LATER = (
    sa.select(destination.c.id)
    .where(destination.c.id.in_(bindparam("ids", expanding=True)))
    .where(sa.or_(destination.c.next_due.is_(None), destination.c.next_due > bindparam("due")))
    .order_by(destination.c.id)  # two that wake the same never wait for each other in a circle
    .with_for_update()
)
_WAKE = (
    sa.update(destination)
    .where(destination.c.id.in_(_LATER))
    .values(next_due=sa.case((_RESTING, destination.c.rest_until), else_=bindparam("due", type_=sa.BigInteger())))
)


def wake(tx: Tx, destination_ids: Sequence[int], due: int) -> None:
    """Make the engine look at these destinations at `due` (database clock), if it would have looked later."""
    if destination_ids and tx.conn.execute(_WAKE, {"ids": destination_ids, "due": due}).rowcount:
        tx.rings = True  # only then: NOTIFY takes a lock that all commits of such transactions wait for


_WAITING = sa.select(outbox.c.id).where(
    outbox.c.destination_id == destination.c.id,
    outbox.c.priority.in_(list(Priority)),  # ranges of the claim's index
)
_READY = _WAITING.where(
    outbox.c.due_at <= bindparam("long_due"),
    outbox.c.worker.is_(None),
    outbox.c.lane == "",
    outbox.c.waits_for.is_(None),
)
_SHUT = sa.or_(
    destination.c.opened_at.is_not(None),
    destination.c.rest_until > bindparam("now"),
    destination.c.limited_until > bindparam("now"),
)
_OVERLOOKED = sa.or_(
    sa.and_(destination.c.next_due.is_(None), _WAITING.where(outbox.c.due_at.is_not(None)).exists()),
    sa.and_(
        destination.c.next_due > bindparam("now"), sa.func.coalesce(_SHUT, sa.false()).is_(sa.false()), _READY.exists()
    ),
)
_OVERLOOKED_MS = 1_000  # what has been due for so long would have been looked at


def _moment(now: int) -> dict[str, int]:
    return {"now": now, "long_due": now - _OVERLOOKED_MS}


def overlooked(conn: Connection) -> bool:
    """Whether a destination has due rows and is not to be looked at now.

    On PostgreSQL a look does not see what a transaction that still runs has queued, and that one leaves the time of
    the next look alone when it is soon enough: then the look may put it off.
    """
    found = sa.select(destination.c.id).where(destination.c.state == DestinationState.ACTIVE, _OVERLOOKED)
    now = int(conn.execute(sa.select(database_ms())).scalar_one())
    return conn.execute(found.limit(1), _moment(now)).first() is not None


def sweep(tx: Tx) -> None:
    """Look again at destinations that were overlooked."""
    now = tx.clock()
    statement = sa.update(destination).where(destination.c.state == DestinationState.ACTIVE, _OVERLOOKED)
    if tx.conn.execute(statement.values(next_due=bindparam("now", type_=sa.BigInteger())), _moment(now)).rowcount:
        tx.rings = True


def next_look(conn: Connection, only: frozenset[int] | None) -> tuple[int, int | None]:
    """The database's clock, and when the first active destination wants to be looked at."""
    first = sa.select(sa.func.min(destination.c.next_due)).where(destination.c.state == DestinationState.ACTIVE)
    if only is not None:
        first = first.where(destination.c.id.in_(only))
    row = conn.execute(sa.select(database_ms(), first.scalar_subquery())).one()
    return int(row[0]), None if row[1] is None else int(row[1])
