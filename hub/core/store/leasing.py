"""The rows of one destination that a claim takes: by the index on `(destination_id, priority, due_at, id)`.

Selected with their lock first and leased by id afterwards: as one statement, PostgreSQL may run the selection more
than once and lease more rows than were asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam
from sqlalchemy.engine import Connection, Row

from hub.core.delivery import Outcome, Priority, State
from hub.core.store.engine import Tx
from hub.core.tables import attempt, delivery, outbox
from hub.failpoints import hit

MAX_CRASHES = 3
_USUAL = (Priority.BY_HAND, Priority.AUTOMATIC, Priority.BACK_FILLING)
_BACK_FILLING_FIRST = (Priority.BACK_FILLING, Priority.BY_HAND, Priority.AUTOMATIC)
_TURN = 4  # each so many looks begin with back-filling, so that it never starves


@dataclass(frozen=True, slots=True)
class AtWork:
    """The leased rows of a destination: how many are out, is a lost one watched, is one lost and not yet watched."""

    out: int
    watched: bool
    lost: bool


NOTHING = AtWork(0, watched=False, lost=False)
_LIVE = outbox.c.due_at > bindparam("now")
_LEASED = (
    sa.select(
        outbox.c.destination_id,
        sa.func.sum(sa.case((_LIVE, 1), else_=0)).label("out"),
        sa.func.sum(sa.case((sa.and_(_LIVE, outbox.c.alone), 1), else_=0)).label("watched"),
        sa.func.count().label("all"),
    )
    .where(outbox.c.worker.is_not(None), outbox.c.destination_id.in_(bindparam("places", expanding=True)))
    .where(outbox.c.due_at > 0)  # always so, and what makes SQLite choose the index of the leased
    .group_by(outbox.c.destination_id)
)


def at_work(conn: Connection, places: Sequence[int], now: int) -> dict[int, AtWork]:
    """What is leased at these destinations; only rows with a worker are read, so windows bound the cost."""
    rows = conn.execute(_LEASED, {"now": now, "places": places}).all()
    return {row[0]: AtWork(int(row[1]), watched=bool(row[2]), lost=row[3] > row[1]) for row in rows}


def _free(priority: str) -> sa.Select[Any]:
    statement = (
        sa.select(outbox.c.id)
        .where(outbox.c.destination_id == bindparam("place"), outbox.c.priority == bindparam(priority))
        .where(outbox.c.due_at <= bindparam("due_by"), outbox.c.worker.is_(None))
        .order_by(outbox.c.due_at, outbox.c.id)
        .limit(bindparam("room"))
        .with_for_update(skip_locked=True)
    )
    return sa.select(statement.subquery(priority).c.id)


_FREE = sa.union_all(_free("first"), _free("second"), _free("third")).limit(bindparam("room"))
_LEASE = sa.update(outbox).values(
    due_at=bindparam("until"),
    fence=outbox.c.fence + 1,
    worker=bindparam("me"),
    alone=bindparam("by_itself"),
    waits_for=None,
)
_LEASE_THESE = _LEASE.where(outbox.c.id.in_(bindparam("ids", expanding=True)))
_LOST = (
    sa.select(outbox)
    .where(outbox.c.destination_id == bindparam("place"), outbox.c.worker.is_not(None))
    .where(outbox.c.due_at <= bindparam("now"))
    .order_by(outbox.c.due_at)
    .limit(1)
    .with_for_update(skip_locked=True)
)


@dataclass(frozen=True, slots=True)
class Lease:
    """What is written on a row that is taken: by whom, until when."""

    worker: str
    until: int


class Leasing:
    """One claim's rows, at one moment of the database's clock. Rows found free are leased together by `lease`."""

    def __init__(self, tx: Tx, lease: Lease, due_by: int) -> None:
        self.tx = tx
        self.lease = {"until": lease.until, "me": lease.worker}
        self.due_by = due_by
        self.free: list[int] = []
        self.lost: list[int] = []

    def take(self, place: Row[Any], room: int, at_work: AtWork) -> int:
        """Take up to `room` rows of a destination; returns how many. One that was lost goes first, by itself."""
        if at_work.lost and not at_work.watched:
            return self._take_lost(place.id)
        order = _BACK_FILLING_FIRST if place.looks % _TURN == _TURN - 1 else _USUAL
        wanted: dict[str, int] = dict(zip(("first", "second", "third"), order, strict=True))
        wanted |= {"place": place.id, "due_by": self.due_by, "room": room}
        found = self.tx.conn.execute(_FREE, wanted).scalars().all()
        self.free += found
        return len(found)

    def write(self) -> dict[int, bool]:
        """Lease what was found free; returns all that was taken, by id, True for what had been lost."""
        if self.free:
            self.tx.conn.execute(_LEASE_THESE, self.lease | {"ids": self.free, "by_itself": False})
        return dict.fromkeys(self.free, False) | dict.fromkeys(self.lost, True)

    def _take_lost(self, place: int) -> int:
        """Write the attempt `lost` and lease the oldest lost row; hold it when it was lost by itself three times."""
        tx = self.tx
        row = tx.conn.execute(_LOST, {"place": place, "now": tx.clock()}).one_or_none()
        if row is None:
            return 0
        hit("claim.lost_row")
        crashes = row.crashes + 1 if row.alone else row.crashes
        detail = f"the worker {row.worker} died or stalled while it had this delivery"
        _write_lost(tx, row, detail)
        counted = sa.update(outbox).where(outbox.c.id == row.id)
        tx.conn.execute(counted.values(attempts=outbox.c.attempts + 1, crashes=crashes))
        if crashes < MAX_CRASHES:
            tx.conn.execute(_LEASE_THESE, self.lease | {"ids": [row.id], "by_itself": True})
            self.lost.append(row.id)
            return 1
        tx.conn.execute(counted.values(due_at=None, worker=None, alone=False))
        held = sa.update(delivery).where(delivery.c.id == row.id)
        tx.conn.execute(held.values(state=State.HELD, reason="crashed", detail=detail, changed_at=tx.at))
        tx.audit("delivery.held", f"delivery:{row.id}", reason="crashed")
        return 0


def _write_lost(tx: Tx, row: Row[Any], detail: str) -> None:
    code = "lost_after_mark" if row.begun else "lost_before_mark"
    values = {"delivery_id": row.id, "n": row.attempts + 1, "worker": row.worker, "ended_at": tx.at}
    tx.conn.execute(sa.insert(attempt).values(values | {"outcome": Outcome.LOST, "code": code, "detail": detail}))
    tx.audit("delivery.lost", f"delivery:{row.id}", code=code, worker=row.worker)


def _first_due(priority: Priority) -> sa.Select[Any]:
    statement = (
        sa.select(outbox.c.due_at)
        .where(outbox.c.destination_id == bindparam("place"), outbox.c.priority == int(priority))
        .where(outbox.c.due_at.is_not(None))
        .order_by(outbox.c.due_at)
        .limit(1)
    )
    return sa.select(statement.subquery(f"due_{priority.name.lower()}").c.due_at)


_DUE = sa.union_all(*(_first_due(priority) for priority in Priority)).subquery("due")
_FIRST_DUE = sa.select(sa.func.min(_DUE.c.due_at))


def first_due(conn: Connection, place: int) -> int | None:
    """When the first row of a destination is due; one that is leased counts with the end of its lease."""
    found: int | None = conn.execute(_FIRST_DUE, {"place": place}).scalar()
    return found
