"""Short messages of the hub itself to one person, through a plugin that can send them (its `notify` hook)."""

from __future__ import annotations

from typing import Any

from sqlalchemy.engine import Row

from hub.app.home import Hub
from hub.core.store import destinations, secrets
from hub.errors import PluginError, UsageError
from hub.plugins.desk import Notice
from hub.plugins.host import Plugin
from hub.plugins.settings import validated


class Post:
    """Fulfils `hub.plugins.desk.Notify`."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def __call__(self, notice: Notice, via: str = "") -> bool:
        """Send it, through the connection named or the only one that can."""
        row = self._named(via) if via else self._only()
        if row is None:
            return False
        plugin = self._hub.host.plugin(row.plugin)
        with self._hub.db.read() as conn:
            sealed = secrets.of(conn, f"connection:{row.id}")
        values = {**row.settings, **(self._hub.seal.open(sealed) if sealed else {})}
        connection = validated(self._hub.host.info(row.plugin).connection, values, row.name)
        log = self._hub.log(connection=row.name)
        self._hub.tools(f"connection:{row.id}").call(plugin, "notify", notice=notice, connection=connection, log=log)
        return True

    def _named(self, name: str) -> Row[Any]:
        with self._hub.db.read() as conn:
            row = destinations.connection_named(conn, name)
        if not self._can_notify(row):
            raise UsageError(
                f"the connection {name} cannot send messages to people", action="name an e-mail connection"
            )
        return row

    def _only(self) -> Row[Any] | None:
        with self._hub.db.read() as conn:
            able = [row for row in destinations.connections(conn) if self._can_notify(row)]
        return able[0] if len(able) == 1 else None

    def _can_notify(self, row: Row[Any]) -> bool:
        try:
            plugin: Plugin = self._hub.host.plugin(row.plugin)
        except PluginError:
            return False
        return plugin.implements("notify")
