"""Connections and destinations in operation: listed, tested, paused, woken and removed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hub.app.home import Hub
from hub.app.login import connection_model
from hub.core import acts
from hub.core.delivery import DestinationState, Turn
from hub.core.store import deliveries, destinations, secrets, views
from hub.core.store.destinations import Standing
from hub.errors import Problem, UsageError
from hub.plugins.types import Choice, Health


def pause(hub: Hub, name: str) -> None:
    """A person stops a destination; its papers wait and burn no tries."""
    with hub.db.write() as tx:
        row = destinations.named(tx.conn, name)
        destinations.set_standing(tx, [row.id], Standing(DestinationState.PAUSED, "by_hand", "", Turn.YOU))


def resume(hub: Hub, name: str) -> None:
    """Wake a paused or blocked destination, with a closed breaker."""
    with hub.db.write() as tx:
        row = destinations.named(tx.conn, name)
        destinations.set_standing(tx, [row.id], Standing(DestinationState.ACTIVE))


def remove_destination(hub: Hub, name: str) -> None:
    """Remove a destination; what it delivered stays in the ledger. Its waiting papers are cancelled, not sent.

    Raises TemporaryError when a paper is being sent there right now.
    """
    with hub.db.write() as tx:
        row = destinations.named(tx.conn, name)
        for waiting in deliveries.waiting_at(tx.conn, row.id):
            acts.cancel(tx, waiting)
        destinations.remove(tx, row)
        secrets.forget(tx, f"destination:{row.id}")


def remove_connection(hub: Hub, name: str) -> None:
    """Remove a connection that no destination uses."""
    with hub.db.write() as tx:
        row = destinations.connection_named(tx.conn, name)
        destinations.remove_connection(tx, row)
        secrets.forget(tx, f"connection:{row.id}")


def test(hub: Hub, name: str) -> Health:
    """Ask a destination's plugin whether deliveries would work; nothing is written there."""
    with hub.db.read() as conn:
        row = destinations.named(conn, name)
    return hub.carrier(row.id).health()


def choices(hub: Hub, connection: str, field: str, draft: Mapping[str, str]) -> Sequence[Choice]:
    """What the far side of a connection offers for one setting of a destination, given those chosen so far."""
    with hub.db.read() as conn:
        row = destinations.connection_named(conn, connection)
    plugin = hub.host.plugin(row.plugin)
    model = hub.host.info(row.plugin).settings
    if model is None or field not in model.model_fields:
        known = ", ".join(model.model_fields) if model else "none"
        raise UsageError(f"{row.plugin} has no setting {field}", code="unknown_setting", action=f"it has: {known}")
    if not plugin.implements("choices"):
        raise UsageError(f"the plugin {row.plugin} offers no choices", action=f"give it: --set {field}=...")
    log = hub.log(connection=connection)
    offer = {"field": field, "draft": draft, "connection": connection_model(hub, row), "log": log}
    offered: Sequence[Choice] = hub.tools(f"connection:{row.id}").call(plugin, "choices", **offer)
    return offered


def remarks(hub: Hub, name: str) -> Sequence[Problem]:
    """What its plugin says of a destination's settings: allowed, but worth a look."""
    with hub.db.read() as conn:
        row = destinations.named(conn, name)
    carrier = hub.carrier(row.id)
    if not carrier.plugin.implements("validate"):
        return ()
    said: Sequence[Problem] = hub.host.call(
        carrier.plugin, "validate", settings=carrier.settings, connection=carrier.connection
    )
    return said


def listed(hub: Hub) -> Iterator[dict[str, Any]]:
    """Destinations for people and scripts; secrets as ***."""
    with hub.db.read() as conn:
        for record in views.destination_records(conn):
            hidden = dict.fromkeys(sorted(secrets.of(conn, f"destination:{record['id']}")), "***")
            yield {**record, "settings": {**record["settings"], **hidden}}


def connections_listed(hub: Hub) -> Iterator[dict[str, Any]]:
    """Connections for people and scripts; secrets as ***."""
    with hub.db.read() as conn:
        for row in destinations.connections(conn):
            hidden = dict.fromkeys(sorted(secrets.of(conn, f"connection:{row.id}")), "***")
            record = {name: getattr(row, name) for name in ("id", "name", "plugin", "state", "reason")}
            yield {**record, "settings": {**row.settings, **hidden}}
