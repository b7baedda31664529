"""The tables of one plugin in an open home: made when first asked for, and no others reached through them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.sql import visitors

from hub.core.store.engine import Database
from hub.errors import PluginError
from hub.migrations import plugins as history

if TYPE_CHECKING:
    from hub.plugins.host import Host

T = TypeVar("T")

_PLAIN = "asks its tables in plain SQL, which cannot be checked; use SQLAlchemy's expressions"


class PluginTables:
    """The tables of every plugin, each made ready once in a process."""

    def __init__(self, db: Database, host: Callable[[], Host]) -> None:
        self._db = db
        self._host = host
        self._known: dict[str, OwnTables] = {}

    def __call__(self, plugin: str) -> OwnTables:
        """Those of one plugin; nothing is looked at before they are used."""
        return self._known.setdefault(plugin, OwnTables(self._db, self._host(), plugin))


class OwnTables:
    """Fulfils `hub.plugins.desk.Tables`. Writes are short transactions of their own, one at a time in a process."""

    def __init__(self, db: Database, host: Host, plugin: str) -> None:
        self._db = db
        self._host = host
        self._plugin = plugin
        self._ready = False
        self._one_makes_them = threading.Lock()

    def read(self, work: Callable[[Connection], T]) -> T:
        """Ask them."""
        self._make_ready()
        with self._db.read() as conn, conn.begin(), _only_own(conn, self._plugin):
            return work(conn)

    def write(self, work: Callable[[Connection], T], *, action: str = "", about: str = "", actor: str = "") -> T:
        """Change them, all or nothing."""
        self._make_ready()
        with self._db.write() as tx:
            with _only_own(tx.conn, self._plugin):
                result = work(tx.conn)
            if action:
                tx.audit(f"{self._plugin}.{action}", f"{self._plugin}:{about}", actor=actor)
        return result

    def _make_ready(self) -> None:
        """Bring them up to date before they are first used, not when the home is opened: see decision 6."""
        with self._one_makes_them:
            if self._ready:
                return
            revisions = self._revisions()
            with self._db.read() as conn:
                ready = history.at_head(conn, self._plugin, revisions)
            if not ready:
                history.upgrade(self._db.writer, self._plugin, revisions)
            self._ready = True

    def _revisions(self) -> Path:
        plugin = self._host.plugin(self._plugin)
        if not plugin.implements("migrations"):
            raise PluginError(self._plugin, "asks for tables, but has no migrations")
        folder: Path = self._host.call(plugin, "migrations")
        return folder


@contextmanager
def _only_own(conn: Connection, plugin: str) -> Iterator[None]:
    """Refuse statements on tables of others while this lasts, and statements that are mere text."""

    def check(conn: Connection, statement: Any, *more: Any) -> None:  # noqa: ARG001 - SQLAlchemy's shape
        for part in visitors.iterate(statement):
            _refuse_foreign(part, plugin)

    def check_text(*said: Any) -> None:
        if said[4].compiled is None:  # `exec_driver_sql`, which the first check is not told of
            raise PluginError(plugin, _PLAIN)

    sa.event.listen(conn, "before_execute", check)
    sa.event.listen(conn, "before_cursor_execute", check_text)
    try:
        yield
    finally:
        sa.event.remove(conn, "before_cursor_execute", check_text)
        sa.event.remove(conn, "before_execute", check)


def _refuse_foreign(part: object, plugin: str) -> None:
    if isinstance(part, sa.TextClause):
        raise PluginError(plugin, _PLAIN)
    table = part if isinstance(part, sa.TableClause) else getattr(part, "table", None)
    if isinstance(table, sa.TableClause) and not table.name.startswith(f"{plugin}_"):
        raise PluginError(plugin, f"asks for the table {table.name}, which is not its own")
