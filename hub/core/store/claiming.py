"""The claim: lease due rows of due destinations to one worker, in two steps, fairly, at a cost that does not grow.

First the destination (its row is locked for the cycle, and holds window, breaker and budget), then its rows
(`leasing.py`). A paused destination with a million due rows is never looked at. The statements are made once: their
text is known to SQLAlchemy's cache, and a cycle costs a handful of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam
from sqlalchemy.engine import Connection, Row

from hub.core.backoff import SECOND
from hub.core.claim import Claim
from hub.core.delivery import DestinationState
from hub.core.share import Share
from hub.core.store import budgets, leasing
from hub.core.store.budgets import Line
from hub.core.store.engine import Tx
from hub.core.store.leasing import AtWork, Lease, Leasing
from hub.core.store.outbox import pressure_of
from hub.core.tables import delivery, destination, document, outbox

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
    share: Share | None = None  # how the process's threads are shared; None: as it comes


def claim(tx: Tx, ask: Ask) -> list[Claim]:
    """Lease due rows to this worker: the destination that was looked at longest ago goes first."""
    now = tx.clock()
    places = _due_destinations(tx.conn, now, ask)
    if not places:
        return []
    claiming = _Claiming(tx, ask, places)
    for place in places:
        if not claiming.budget:
            break  # those that got no look keep their turn
        claiming.look(place)
    return claiming.done()


_ACTIVE = destination.alias("active")
_TWO = sa.select(_ACTIVE.c.id).where(_ACTIVE.c.state == DestinationState.ACTIVE).limit(2).subquery()
_ALONE = (sa.select(sa.func.count()).select_from(_TWO).scalar_subquery() < sa.literal(2)).label("only_one")
_DUE = (
    sa.select(destination, _ALONE)
    .where(destination.c.state == DestinationState.ACTIVE, destination.c.next_due <= bindparam("now"))
    .order_by(destination.c.next_due)
    .limit(_LOOK_AT)
    .with_for_update(skip_locked=True, of=destination)
)
_DUE_ONLY = _DUE.where(destination.c.id.in_(bindparam("only", expanding=True)))


def _due_destinations(conn: Connection, now: int, ask: Ask) -> Sequence[Row[Any]]:
    if ask.only is None:
        return conn.execute(_DUE, {"now": now}).all()
    return conn.execute(_DUE_ONLY, {"now": now, "only": list(ask.only)}).all()


@dataclass(frozen=True, slots=True)
class _Seen:
    """A look at a destination: room for so many, taken so many, and the earliest moment of the next look."""

    room: int
    taken: int
    not_before: int


class _Claiming:
    """One claim at one moment of the database's clock: what is still free, what was taken, when to look again."""

    def __init__(self, tx: Tx, ask: Ask, places: Sequence[Row[Any]]) -> None:
        self.tx = tx
        self.now = now = tx.clock()
        self.ask = ask
        self.budget = ask.budget
        due_by = now if ask.due_by is None else min(now, ask.due_by)
        self.leasing = Leasing(tx, Lease(ask.worker, now + ask.lease_ms), due_by)
        self.at_work = leasing.at_work(tx.conn, [place.id for place in places], now)
        self.lines = budgets.lines(tx, places)
        self.looks: list[dict[str, Any]] = []

    def look(self, place: Row[Any]) -> None:
        """Take what this destination may be given, and note when to look again."""
        line = self._line(place)
        if line is None:
            return  # another worker has its connection: it keeps its turn
        pressure, at_work = pressure_of(place), self.at_work.get(place.id, leasing.NOTHING)
        allowed = line.budget.room(place.calls, self.now)
        room = min(self.budget, pressure.room(at_work.out, self.now), allowed, line.free, self._share(place))
        taken = self._take(place, room, at_work)
        line.budget, line.out = line.budget.spent(taken * place.calls), line.out + taken
        open_at = line.budget.open_at(place.calls, self.now)
        seen = _Seen(room, taken, max(open_at, pressure.quiet_until()))
        own = line.budget if not place.shares_limits else budgets.budget_of(place)
        self.looks.append(
            budgets.moved(own)
            | {"place": place.id, "next": self._next_look(place, seen), "limited": open_at if not allowed else None}
        )

    def done(self) -> list[Claim]:
        """Write it all; returns the claims."""
        budgets.keep_lines(self.tx, self.lines)
        if self.looks:
            self.tx.conn.execute(_LOOKED, self.looks)
        return _load(self.tx.conn, self.leasing.write())

    def _line(self, place: Row[Any]) -> Line | None:
        """The limits that count for this destination: its own, or those of its connection."""
        if place.shares_limits:
            return self.lines.get(place.connection_id)
        return Line(budgets.budget_of(place).refilled(self.now))

    def _share(self, place: Row[Any]) -> int:
        """What its threads leave to this destination; all of them when there is no other."""
        share = self.ask.share
        return self.budget if share is None or place.only_one else share.room(place.id)

    def _take(self, place: Row[Any], room: int, at_work: AtWork) -> int:
        taken = self.leasing.take(place, room, at_work) if room else 0
        self.budget -= taken
        return taken

    def _next_look(self, place: Row[Any], seen: _Seen) -> int | None:
        """When to look again: never before its breaker or budget allows, never when nothing is due.

        One that had no room is full: a settle there will ask for the next look.
        """
        if seen.room == 0:
            first: int | None = self.now + _FULL_MS
        elif seen.taken == seen.room:
            first = self.now
        else:
            first = leasing.first_due(self.tx.conn, place.id)
        return None if first is None else max(first, self.now, seen.not_before)


_LOOKED = (
    sa.update(destination)
    .where(destination.c.id == bindparam("place"))
    .values(
        next_due=bindparam("next"),
        limited_until=bindparam("limited"),
        looks=destination.c.looks + 1,
        **budgets.VALUES,
    )
)
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
