"""Queries on limits: the budget of a destination, and that of a connection whose destinations share one.

A claim spends by what a delivery is reckoned to take, a settle corrects it by what it took and by what the far side
said. Both hold the row's lock, so the count is exact over all workers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy import bindparam
from sqlalchemy.engine import Row

from hub.core.budget import Budget, refill
from hub.core.claim import Settlement
from hub.core.store.engine import Tx
from hub.core.tables import connection, destination, outbox

_COLUMNS = ("rate", "burst", "tokens", "refilled_at", "per_day", "day_left", "day_ends_at", "closed_until")
_MOVING = ("tokens", "refilled_at", "day_left", "day_ends_at", "closed_until")
_NO_END = 1 << 30


class FarLimits(Protocol):
    """What a far side bears, as its plugin says (`hub.Limits`)."""

    @property
    def per_minute(self) -> int | None:
        """Calls in any minute."""

    @property
    def burst(self) -> int:
        """So many of them at once."""

    @property
    def per_day(self) -> int | None:
        """Calls in a day of the far side."""

    @property
    def in_flight(self) -> int:
        """Deliveries at the same time."""

    @property
    def calls(self) -> int:
        """That a delivery is reckoned to take."""

    @property
    def shared(self) -> bool:
        """Whether all destinations on a connection have them together."""


def bear(tx: Tx, connection_id: int | None, limits: FarLimits) -> dict[str, Any]:
    """The columns of a new destination with these limits; where they are its connection's, that one's are set."""
    filled = refill(limits.per_minute, limits.burst)
    mine = {"inflight_max": limits.in_flight, "calls": limits.calls}
    held = {"rate": filled.rate, "burst": filled.burst, "per_day": limits.per_day}
    if not limits.shared or connection_id is None:
        return mine | held | {"tokens": filled.burst}
    shared = sa.update(connection).where(connection.c.id == connection_id)
    full = sa.case((connection.c.rate.is_(None), filled.burst), else_=connection.c.tokens)
    tx.conn.execute(shared.values(held | {"inflight_max": limits.in_flight, "tokens": full}))
    return mine | {"shares_limits": True}


def budget_of(row: Row[Any]) -> Budget:
    """The columns of a destination's or a connection's row."""
    return Budget(**{name: getattr(row, name) for name in _COLUMNS})


def moved(budget: Budget) -> dict[str, Any]:
    """What a claim or a settle changes of those columns, as parameters named `b_...`."""
    return {f"b_{name}": getattr(budget, name) for name in _MOVING}


VALUES: Mapping[str, Any] = {name: bindparam(f"b_{name}") for name in _MOVING}
_KEEP = sa.update(destination).where(destination.c.id == bindparam("row")).values(VALUES)
_KEEP_SHARED = sa.update(connection).where(connection.c.id == bindparam("row")).values(VALUES)


@dataclass(slots=True)
class Line:
    """What destinations have in common in one claim: the budget, how many are out, how many may be."""

    budget: Budget
    out: int = 0
    most: int = _NO_END

    @property
    def free(self) -> int:
        """How many more may be out."""
        return max(0, self.most - self.out)


_SHARED = (
    sa.select(connection)
    .where(connection.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(connection.c.id)
    .with_for_update(skip_locked=True)
)
_ON_THEM = sa.select(destination.c.connection_id, sa.func.count()).select_from(
    destination.join(outbox, outbox.c.destination_id == destination.c.id)
)
_OUT = (
    _ON_THEM.where(destination.c.connection_id.in_(bindparam("ids", expanding=True)))
    .where(outbox.c.worker.is_not(None), outbox.c.due_at > bindparam("now"))
    .group_by(destination.c.connection_id)
)


def lines(tx: Tx, places: Iterable[Row[Any]]) -> dict[int, Line]:
    """The shared limits of these destinations by connection, locked; one that another worker has is left out."""
    ids = sorted({place.connection_id for place in places if place.shares_limits})
    if not ids:
        return {}
    now = tx.clock()
    rows = tx.conn.execute(_SHARED, {"ids": ids}).all()
    out = {row[0]: int(row[1]) for row in tx.conn.execute(_OUT, {"ids": ids, "now": now})}
    return {row.id: Line(budget_of(row).refilled(now), out.get(row.id, 0), row.inflight_max or _NO_END) for row in rows}


def keep_lines(tx: Tx, spent: Mapping[int, Line]) -> None:
    """Write what a claim left of them."""
    if spent:
        tx.conn.execute(_KEEP_SHARED, [moved(line.budget) | {"row": one} for one, line in spent.items()])


def settled(tx: Tx, places: Sequence[Row[Any]], settlements: Iterable[Settlement]) -> None:
    """Correct the budgets of these locked destinations by what their deliveries took and heard."""
    heard = defaultdict[int, list[Settlement]](list)
    for settlement in settlements:
        if settlement.usage is not None:
            heard[settlement.claim.destination_id].append(settlement)
    told = [place for place in places if place.id in heard]
    own = [place for place in told if not place.shares_limits]
    if own:
        tx.conn.execute(_KEEP, [_told(tx, budget_of(place), [place], heard) | {"row": place.id} for place in own])
    shared = {place.connection_id for place in told} - {place.connection_id for place in own}
    if shared:
        _settle_shared(tx, sorted(shared), told, heard)


_HELD = sa.select(connection).where(connection.c.id.in_(bindparam("ids", expanding=True))).order_by(connection.c.id)
_LOCKED = _HELD.with_for_update()


def _settle_shared(
    tx: Tx, ids: Sequence[int], places: Sequence[Row[Any]], heard: Mapping[int, Sequence[Settlement]]
) -> None:
    for row in tx.conn.execute(_LOCKED, {"ids": list(ids)}).all():
        mine = [place for place in places if place.connection_id == row.id and place.shares_limits]
        tx.conn.execute(_KEEP_SHARED, _told(tx, budget_of(row), mine, heard) | {"row": row.id})


def _told(
    tx: Tx, budget: Budget, places: Iterable[Row[Any]], heard: Mapping[int, Sequence[Settlement]]
) -> dict[str, Any]:
    now = tx.clock()
    budget = budget.refilled(now)
    for place in places:
        for settlement in heard[place.id]:
            if settlement.usage is not None:
                spare = place.calls * place.inflight_max
                budget = budget.told(settlement.usage, now, calls=place.calls, spare=spare)
    return moved(budget)
