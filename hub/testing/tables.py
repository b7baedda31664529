"""Real tables for a plugin under test, in a database of its own on disk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from hub import migrations
from hub.app.own_tables import OwnTables
from hub.core.store.engine import Database
from hub.plugins.host import Host


@contextmanager
def tables_of(plugin: ModuleType, folder: Path) -> Iterator[OwnTables | None]:
    """The tables that the plugin's migrations make, in a new database in this folder; None when it has none."""
    if not hasattr(plugin, "migrations"):
        yield None
        return
    name = plugin.__name__.removeprefix("hub_")
    db = Database(f"sqlite:///{folder / 'tables.db'}")
    host = Host(())
    host.add(name, plugin)
    migrations.upgrade(db.writer)
    try:
        yield OwnTables(db, host, name)
    finally:
        db.close()
