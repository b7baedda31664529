"""Queries on connections and destinations: what is configured, where papers may go, and who is blocked."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from hub.core.delivery import DestinationState, OnUncertain, Role, Turn
from hub.core.document import Kind
from hub.core.routing import Rule
from hub.core.store import budgets
from hub.core.store.budgets import FarLimits
from hub.core.store.engine import Tx
from hub.core.tables import connection, delivery, destination
from hub.errors import NotFoundError, UsageError

_FOR_LOGIN = ("login_needed", "connection")  # reasons that a login mends


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDestination:
    """A destination about to be added. `settings` hold no secrets; those go to the vault."""

    name: str
    plugin: str
    company_id: int
    connection_id: int | None
    settings: Mapping[str, Any]
    kinds: Sequence[Kind]
    role: Role
    from_date: date
    approve: str
    on_uncertain: OnUncertain
    ordered: bool
    credit_waits: bool
    limits: FarLimits
    inflight_max: int  # of this destination alone, at most what the far side bears


def add_connection(tx: Tx, name: str, plugin: str, settings: Mapping[str, Any]) -> int:
    """Add a connection; its name must be new."""
    _refuse_taken(tx.conn, connection, name)
    statement = sa.insert(connection).values(name=name, plugin=plugin, settings=dict(settings), created_at=tx.at)
    new = int(tx.conn.execute(statement.returning(connection.c.id)).scalar_one())
    tx.audit("connection.added", f"connection:{new}", name=name, plugin=plugin)
    return new


def add(tx: Tx, new: NewDestination) -> int:
    """Add a destination; its name must be new. It gets a random uid, on which its delivery keys hang."""
    _refuse_taken(tx.conn, destination, new.name)
    values = {name: getattr(new, name) for name in NewDestination.__slots__ if name != "limits"}
    values |= {"settings": dict(new.settings), "kinds": sorted(new.kinds)}
    values = budgets.bear(tx, new.connection_id, new.limits) | values
    statement = sa.insert(destination).values(
        values | {"uid": uuid.uuid4().hex, "created_at": tx.at, "state_at": tx.at}
    )
    made = int(tx.conn.execute(statement.returning(destination.c.id)).scalar_one())
    tx.audit("destination.added", f"destination:{made}", name=new.name, plugin=new.plugin, role=new.role)
    return made


def _refuse_taken(conn: Connection, table: sa.Table, name: str) -> None:
    if conn.execute(sa.select(table.c.id).where(table.c.name == name)).first():
        raise UsageError(f"there is already a {table.name} called {name}", action="choose another name")


def connections(conn: Connection) -> Sequence[Row[Any]]:
    """All connections that were not removed, oldest first."""
    return conn.execute(sa.select(connection).where(connection.c.removed_at.is_(None)).order_by(connection.c.id)).all()


def connection_named(conn: Connection, name: str) -> Row[Any]:
    """The connection with this name. Raises NotFoundError."""
    return _named(conn, connection, name)


def every(conn: Connection) -> Sequence[Row[Any]]:
    """All destinations that were not removed, oldest first."""
    statement = sa.select(destination).where(destination.c.removed_at.is_(None))
    return conn.execute(statement.order_by(destination.c.id)).all()


def named(conn: Connection, name: str) -> Row[Any]:
    """The destination with this name. Raises NotFoundError."""
    return _named(conn, destination, name)


def _named(conn: Connection, table: sa.Table, name: str) -> Row[Any]:
    row = conn.execute(sa.select(table).where(table.c.name == name, table.c.removed_at.is_(None))).one_or_none()
    if row is None:
        raise NotFoundError(f"there is no {table.name} called {name}", action=f"see `hub {table.name} list`")
    return row


def with_connection(conn: Connection, destination_id: int) -> tuple[Row[Any], Row[Any] | None]:
    """A destination's row and its connection's."""
    row = conn.execute(sa.select(destination).where(destination.c.id == destination_id)).one()
    if row.connection_id is None:
        return row, None
    return row, conn.execute(sa.select(connection).where(connection.c.id == row.connection_id)).one()


_RULES = (
    sa.select(
        destination.c.id,
        destination.c.name,
        destination.c.company_id,
        destination.c.role,
        destination.c.kinds,
        destination.c.from_date,
    )
    .where(destination.c.removed_at.is_(None))
    .order_by(destination.c.id)
)


def rules(conn: Connection) -> tuple[Rule, ...]:
    """Every destination's routing rule."""
    return tuple(
        Rule(
            destination_id=row.id,
            name=row.name,
            company_id=row.company_id,
            role=Role(row.role),
            kinds=frozenset(map(Kind, row.kinds)),
            from_date=row.from_date,
            order=row.id,
        )
        for row in conn.execute(_RULES)
    )


def booked_by(conn: Connection, document_id: int) -> str:
    """The name of the booking destination that has a live delivery of this document; empty when none has."""
    live = ("queued", "uncertain", "held", "delivered")
    statement = (
        sa.select(destination.c.name)
        .join(delivery, delivery.c.destination_id == destination.c.id)
        .where(delivery.c.document_id == document_id, destination.c.role == Role.BOOKING)
        .where(delivery.c.state.in_(live))
        .order_by(destination.c.id)
    )
    return conn.execute(statement).scalars().first() or ""


def change(tx: Tx, row: Row[Any], values: Mapping[str, Any]) -> None:
    """Change a destination's settings or guards; a new revision makes every worker read them anew."""
    statement = sa.update(destination).where(destination.c.id == row.id)
    tx.conn.execute(statement.values({**values, "revision": destination.c.revision + 1}))
    tx.audit("destination.changed", f"destination:{row.id}", fields=sorted(values))


def change_connection(tx: Tx, row: Row[Any], settings: Mapping[str, Any]) -> None:
    """Change a connection's settings; every destination on it reads them anew."""
    tx.conn.execute(sa.update(connection).where(connection.c.id == row.id).values(settings=dict(settings)))
    on_it = sa.update(destination).where(destination.c.connection_id == row.id)
    tx.conn.execute(on_it.values(revision=destination.c.revision + 1))
    tx.audit("connection.changed", f"connection:{row.id}")


@dataclass(frozen=True, slots=True)
class Standing:
    """A destination's state, why, and whose turn it is."""

    state: DestinationState
    reason: str = ""
    detail: str = ""
    turn: Turn | None = None


def set_standing(tx: Tx, destination_ids: Sequence[int], standing: Standing) -> None:
    """Pause, block or wake destinations. A woken one is looked at right away, with a closed breaker."""
    values: dict[str, Any] = {
        "state": standing.state,
        "reason": standing.reason,
        "detail": standing.detail,
        "turn": standing.turn or "",
        "state_at": tx.at,
    }
    if standing.state is DestinationState.ACTIVE:
        tx.rings = True
        values |= {"next_due": tx.clock(), "window_size": 5, "window_credit": 0, "fails_in_row": 0}
        values |= {"opened_at": None, "rest_until": None, "failing_since": None}
    tx.conn.execute(sa.update(destination).where(destination.c.id.in_(destination_ids)).values(values))
    for destination_id in destination_ids:
        tx.audit(f"destination.{standing.state}", f"destination:{destination_id}", reason=standing.reason)


def wake_after_login(tx: Tx, rows: Sequence[Row[Any]]) -> None:
    """Wake those of these destinations that waited for a login."""
    waiting = [row.id for row in rows if row.state == DestinationState.BLOCKED and row.reason in _FOR_LOGIN]
    if waiting:
        set_standing(tx, waiting, Standing(DestinationState.ACTIVE))


def sharing_connection(conn: Connection, destination_id: int) -> list[int]:
    """The active destinations on the same connection, this one included."""
    mine = sa.select(destination.c.connection_id).where(destination.c.id == destination_id).scalar_subquery()
    statement = sa.select(destination.c.id).where(
        sa.or_(destination.c.id == destination_id, destination.c.connection_id == mine),
        destination.c.state == DestinationState.ACTIVE,
    )
    return list(conn.execute(statement).scalars())


def remove(tx: Tx, row: Row[Any]) -> None:
    """Remove a destination from the configuration; what it delivered stays in the ledger."""
    values = {"removed_at": tx.at, "state": DestinationState.PAUSED, "name": f"{row.name} (removed {row.id})"}
    tx.conn.execute(sa.update(destination).where(destination.c.id == row.id).values(values))
    tx.audit("destination.removed", f"destination:{row.id}", name=row.name)


def remove_connection(tx: Tx, row: Row[Any]) -> None:
    """Remove a connection that no destination uses."""
    users = sa.select(destination.c.name).where(
        destination.c.connection_id == row.id, destination.c.removed_at.is_(None)
    )
    used_by = list(tx.conn.execute(users).scalars())
    if used_by:
        raise UsageError(
            f"the connection {row.name} is used by {', '.join(used_by)}", action="remove these destinations first"
        )
    values = {"removed_at": tx.at, "name": f"{row.name} (removed {row.id})"}
    tx.conn.execute(sa.update(connection).where(connection.c.id == row.id).values(values))
    tx.audit("connection.removed", f"connection:{row.id}", name=row.name)
