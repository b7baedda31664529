"""The claim: lease due rows of due destinations to one worker, in two steps, fairly, at a cost that does not grow.

First the destination (its row is locked for the cycle, and holds window, breaker and rate), then its rows by the index
on `(destination_id, due_at, id)`. A paused destination with a million due rows is never looked at. The statements are
made once: their text is known to SQLAlchemy's cache, and a cycle costs a handful of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam
from sqlalchemy.engine import Connection, Row

from hub.core.backoff import SECOND, Pressure
from hub.core.claim import Claim
from hub.core.delivery import DestinationState, Outcome, State
from hub.core.store.engine import Tx
from hub.core.store.outbox import pressure_of
from hub.core.tables import attempt, delivery, destination, document, outbox
from hub.failpoints import hit

MAX_CRASHES = 3
_LOOK_AT = 16  # destinations a cycle
_FULL_MS = SECOND  # a full destination is looked at again when a delivery settles there, at the latest after this


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What a process wants to claim: who it is, how many rows, for how long, and where."""

    worker: str
    budget: int
    lease_ms: int
    only: frozenset[int] | None = None  # destination ids; None: all
    due_by: int | None = None  # rows due later than this are left alone (`run --once`)


def claim(tx: Tx, ask: Ask) -> list[Claim]:
    """Lease due rows to this worker: the destination that was looked at longest ago goes first."""
    now = tx.clock()
    places = _due_destinations(tx.conn, now, ask)
    if not places:
        return []
    look = _Look(tx, ask, now)
    leased = _leased(tx.conn, [place.id for place in places], now)
    budget, claimed, next_looks = ask.budget, dict[int, bool](), []
    for place in places:
        if not budget:
            break  # those that got no look keep their turn
        pressure = pressure_of(place).refilled(now)
        at_work = leased.get(place.id, _NOTHING)
        room = min(budget, pressure.room(at_work.out, now))
        taken = look.claim_at(place.id, room, at_work) if room else {}
        claimed |= taken
        budget -= len(taken)
        next_looks.append(_next_look(tx.conn, place, pressure.taken(len(taken)), _Seen(now, room, len(taken))))
    tx.conn.execute(_LOOKED, next_looks)
    return _load(tx.conn, claimed)


_DUE = (
    sa.select(destination)
    .where(destination.c.state == DestinationState.ACTIVE, destination.c.next_due <= bindparam("now"))
    .order_by(destination.c.next_due)
    .limit(_LOOK_AT)
    .with_for_update(skip_locked=True)
)
_DUE_ONLY = _DUE.where(destination.c.id.in_(bindparam("only", expanding=True)))


def _due_destinations(conn: Connection, now: int, ask: Ask) -> Sequence[Row[Any]]:
    if ask.only is None:
        return conn.execute(_DUE, {"now": now}).all()
    return conn.execute(_DUE_ONLY, {"now": now, "only": list(ask.only)}).all()


@dataclass(frozen=True, slots=True)
class _AtWork:
    """The leased rows of a destination: how many are out, is a lost one watched, is one lost and not yet watched."""

    out: int
    watched: bool
    lost: bool


_NOTHING = _AtWork(0, watched=False, lost=False)
_LIVE = outbox.c.due_at > bindparam("now")
_LEASED = (
    sa.select(
        outbox.c.destination_id,
        sa.func.sum(sa.case((_LIVE, 1), else_=0)).label("out"),
        sa.func.sum(sa.case((sa.and_(_LIVE, outbox.c.alone), 1), else_=0)).label("watched"),
        sa.func.count().label("all"),
    )
    .where(outbox.c.worker.is_not(None), outbox.c.destination_id.in_(bindparam("places", expanding=True)))
    .group_by(outbox.c.destination_id)
)


def _leased(conn: Connection, places: Sequence[int], now: int) -> dict[int, _AtWork]:
    """What is leased at these destinations; only rows with a worker are read, so windows bound the cost."""
    rows = conn.execute(_LEASED, {"now": now, "places": places}).all()
    return {row[0]: _AtWork(int(row[1]), watched=bool(row[2]), lost=row[3] > row[1]) for row in rows}


_FREE = (
    sa.select(outbox.c.id)
    .where(outbox.c.destination_id == bindparam("place"), outbox.c.due_at <= bindparam("due_by"))
    .where(outbox.c.worker.is_(None))
    .order_by(outbox.c.due_at, outbox.c.id)
    .limit(bindparam("room"))
    .with_for_update(skip_locked=True)
)
_LEASE = sa.update(outbox).values(
    due_at=bindparam("until"), fence=outbox.c.fence + 1, worker=bindparam("me"), alone=bindparam("by_itself")
)
_LEASE_FREE = _LEASE.where(outbox.c.id.in_(_FREE)).returning(outbox.c.id)
_LEASE_ONE = _LEASE.where(outbox.c.id == bindparam("one"))
_LOST = (
    sa.select(outbox)
    .where(outbox.c.destination_id == bindparam("place"), outbox.c.worker.is_not(None))
    .where(outbox.c.due_at <= bindparam("now"))
    .order_by(outbox.c.due_at)
    .limit(1)
    .with_for_update(skip_locked=True)
)


class _Look:
    """One claim's look at the due destinations, at one moment of the database's clock."""

    def __init__(self, tx: Tx, ask: Ask, now: int) -> None:
        self.tx = tx
        self.now = now
        self.due_by = now if ask.due_by is None else min(now, ask.due_by)
        self.lease = {"until": now + ask.lease_ms, "me": ask.worker}

    def claim_at(self, place: int, room: int, at_work: _AtWork) -> dict[int, bool]:
        """Rows of one destination, by id; True for one whose lease had run out, which is then claimed by itself."""
        if at_work.lost and not at_work.watched:
            return self._take_lost(place)
        wanted = {"place": place, "due_by": self.due_by, "room": room, "by_itself": False}
        return dict.fromkeys(self.tx.conn.execute(_LEASE_FREE, self.lease | wanted).scalars().all(), False)

    def _take_lost(self, place: int) -> dict[int, bool]:
        """Write the attempt `lost` and lease the oldest lost row; hold it when it was lost by itself three times."""
        tx = self.tx
        row = tx.conn.execute(_LOST, {"place": place, "now": self.now}).one_or_none()
        if row is None:
            return {}
        hit("claim.lost_row")
        crashes = row.crashes + 1 if row.alone else row.crashes
        detail = f"the worker {row.worker} died or stalled while it had this delivery"
        _write_lost(tx, row, detail)
        counted = sa.update(outbox).where(outbox.c.id == row.id)
        tx.conn.execute(counted.values(attempts=outbox.c.attempts + 1, crashes=crashes))
        if crashes < MAX_CRASHES:
            tx.conn.execute(_LEASE_ONE, self.lease | {"one": row.id, "by_itself": True})
            return {row.id: True}
        tx.conn.execute(counted.values(due_at=None, worker=None, alone=False))
        held = sa.update(delivery).where(delivery.c.id == row.id)
        tx.conn.execute(held.values(state=State.HELD, reason="crashed", detail=detail, changed_at=tx.at))
        tx.audit("delivery.held", f"delivery:{row.id}", reason="crashed")
        return {}


def _write_lost(tx: Tx, row: Row[Any], detail: str) -> None:
    code = "lost_after_mark" if row.begun else "lost_before_mark"
    values = {"delivery_id": row.id, "n": row.attempts + 1, "worker": row.worker, "ended_at": tx.at}
    tx.conn.execute(sa.insert(attempt).values(values | {"outcome": Outcome.LOST, "code": code, "detail": detail}))
    tx.audit("delivery.lost", f"delivery:{row.id}", code=code, worker=row.worker)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a look at a destination found: room for so many, taken so many."""

    now: int
    room: int
    taken: int


_FIRST_DUE = (
    sa.select(outbox.c.due_at)
    .where(outbox.c.destination_id == bindparam("place"), outbox.c.due_at.is_not(None))
    .order_by(outbox.c.due_at)
    .limit(1)
)
_LOOKED = (
    sa.update(destination)
    .where(destination.c.id == bindparam("place"))
    .values(next_due=bindparam("next"), tokens=bindparam("left"), refilled_at=bindparam("filled"))
)


def _next_look(conn: Connection, place: Row[Any], pressure: Pressure, seen: _Seen) -> dict[str, Any]:
    """When to look at this destination again: never before its breaker or bucket allows, never when nothing is due.

    One that had no room is full: a settle there will ask for the next look.
    """
    now = seen.now
    if seen.room == 0:
        first: int | None = now + _FULL_MS
    elif seen.taken == seen.room:
        first = now
    else:
        first = conn.execute(_FIRST_DUE, {"place": place.id}).scalar()
    bounds = (now, pressure.quiet_until(), pressure.next_token_at(now))
    next_due = None if first is None else max(int(first), *bounds)
    return {"place": place.id, "next": next_due, "left": pressure.tokens, "filled": pressure.refilled_at}


_CLAIMED = (
    sa.select(
        outbox.c.id,
        outbox.c.destination_id,
        destination.c.revision,
        outbox.c.fence,
        outbox.c.tries,
        outbox.c.attempts,
        outbox.c.begun,
        delivery.c.company_id,
        document.c.kind,
        delivery.c.document_id,
        delivery.c.pack_id,
        delivery.c.key,
        delivery.c.generation,
        delivery.c.created_at,
        delivery.c.prepared,
        delivery.c.steps,
    )
    .join(delivery, delivery.c.id == outbox.c.id)
    .join(destination, destination.c.id == outbox.c.destination_id)
    .outerjoin(document, document.c.id == delivery.c.document_id)
    .where(outbox.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(outbox.c.id)
)


def _load(conn: Connection, claimed: Mapping[int, bool]) -> list[Claim]:
    """The claimed rows with what a thread needs to know."""
    if not claimed:
        return []
    rows = conn.execute(_CLAIMED, {"ids": list(claimed)}).mappings().all()
    return [Claim(**row, lost=claimed[row["id"]]) for row in rows]
