"""Connections and destinations changed: settings, secrets, role and guards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.engine import Row

from hub.app.configure import (
    Values,
    Wanted,
    approve_of,
    checked,
    info_of,
    kinds_of,
    put_away,
    role_of,
    rule_of,
    usual_approval,
    usual_rule,
    usual_wait,
)
from hub.app.home import Hub
from hub.core.delivery import DestinationState, OnUncertain, Role
from hub.core.document import Kind
from hub.core.store import destinations, secrets
from hub.core.store.destinations import Standing
from hub.core.store.engine import Tx
from hub.plugins.settings import isolation_of, most_at_once
from hub.plugins.types import PluginInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """What changes at a destination; None and empty leave it as it is. `unset` go back to their defaults."""

    values: Values = Values()
    unset: Sequence[str] = ()
    kinds: Sequence[Kind] = ()
    from_date: date | None = None
    approve: str = ""
    on_uncertain: OnUncertain | None = None
    role: Role | None = None


def edit_destination(hub: Hub, name: str, edit: Edit) -> None:
    """Change settings and guards. A destination that was blocked for its settings works again."""
    with hub.db.read() as conn:
        row = destinations.named(conn, name)
        sealed = secrets.of(conn, f"destination:{row.id}")
    info = info_of(hub, row.plugin)
    kept = hub.seal.open(sealed) if sealed else {}
    values = Values({**_without(row.settings, edit.unset), **edit.values.plain}, {**kept, **edit.values.secret})
    isolation = isolation_of(values.plain, name)
    changes: dict[str, Any] = {"settings": {**checked(info.settings, values.of_plugin(), name), **isolation}}
    if isolation != isolation_of(row.settings, name):
        changes["inflight_max"] = most_at_once(isolation, info.limits.in_flight)
    changes |= _role_and_kinds(info, row, edit)
    rule = rule_of(info, edit.on_uncertain)
    given = {"from_date": edit.from_date, "approve": approve_of(edit.approve), "on_uncertain": rule}
    changes |= {field_name: value for field_name, value in given.items() if value}
    with hub.db.write() as tx:
        destinations.change(tx, row, changes)
        put_away(hub, tx, f"destination:{row.id}", edit.values)
        _wake_mended(tx, row)


def _role_and_kinds(info: PluginInfo, row: Row[Any], edit: Edit) -> dict[str, Any]:
    """What changes of role and kinds, and of the guards with them. Raises UsageError when they do not go together."""
    wanted = Wanted(name=row.name, plugin=row.plugin, kinds=edit.kinds, role=edit.role or Role(row.role))
    role = role_of(info, wanted)
    changes: dict[str, Any] = {"role": role} if edit.role else {}
    if edit.kinds:
        changes["kinds"] = kinds_of(info, wanted, role)
    elif edit.role is Role.BOOKING:
        changes["kinds"] = sorted(set(row.kinds) - {Kind.QUOTATION})
    if role is Role.BOOKING and row.role != Role.BOOKING:
        changes |= _tightened(info, row)
    return changes


def _tightened(info: PluginInfo, row: Row[Any]) -> dict[str, Any]:
    """The guards of what becomes a booking road: as loose as a new one's at most.

    Whether a person chose the loose ones is not known, and it was said of a road that books nothing. Towards another
    role nothing is loosened.
    """
    changes: dict[str, Any] = {}
    if row.approve == "never":
        changes["approve"] = usual_approval(Role.BOOKING)
    changes["credit_waits"] = usual_wait(info, Role.BOOKING)
    if usual_rule(info, Role.BOOKING) is OnUncertain.ASK:
        changes["on_uncertain"] = OnUncertain.ASK
    return changes


def edit_connection(hub: Hub, name: str, values: Values, unset: Sequence[str] = ()) -> None:
    """Change a connection's settings or secrets; destinations that were blocked for them work again."""
    with hub.db.read() as conn:
        row = destinations.connection_named(conn, name)
        sealed = secrets.of(conn, f"connection:{row.id}")
    kept = hub.seal.open(sealed) if sealed else {}
    together = Values({**_without(row.settings, unset), **values.plain}, {**kept, **values.secret})
    plain = checked(info_of(hub, row.plugin).connection, together, name)
    with hub.db.write() as tx:
        destinations.change_connection(tx, row, plain)
        put_away(hub, tx, f"connection:{row.id}", values)
        for place in destinations.every(tx.conn):
            if place.connection_id == row.id:
                _wake_mended(tx, place)


def _without(settings: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if name not in names}


def _wake_mended(tx: Tx, row: Row[Any]) -> None:
    if row.state == DestinationState.BLOCKED:
        destinations.set_standing(tx, [row.id], Standing(DestinationState.ACTIVE))
