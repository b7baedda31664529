"""How the databases are connected to: what every new connection is told, and what it is checked for.

SQLite: WAL, synchronous FULL and foreign keys, asserted; writes begin IMMEDIATE (a read that upgrades to a write fails
at once whatever the busy timeout), reads run `query_only`. PostgreSQL: see `postgres.py`.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL, Engine, make_url
from sqlalchemy.exc import ArgumentError

from hub.core.filter_match import fold
from hub.core.store import postgres
from hub.errors import HubError, UsageError

_BUSY_MS = 10_000
_POSTGRES = "postgresql+psycopg"


def parsed(url: str) -> URL:
    """The URL of a database. Raises UsageError, without its text: there may be a password in it."""
    try:
        found = make_url(url)
        kind = found.get_backend_name()
    except (ArgumentError, ValueError):
        raise _unusable() from None
    if found.drivername in {"postgresql", "postgres"}:
        return found.set(drivername=_POSTGRES)
    if kind != "sqlite" and found.drivername != _POSTGRES:
        raise _unusable()
    return found


def _unusable() -> UsageError:
    return UsageError(
        "the database's URL cannot be used",
        code="bad_configuration",
        action="mend HUB_DATABASE_URL: postgresql+psycopg://user:password@host/name, with %40 for an @ in the password",
    )


def engine(url: URL, *, read_only: bool) -> Engine:
    """A pool of connections; those that are `read_only` cannot write."""
    if url.get_backend_name() != "sqlite":
        return postgres.engine(url, read_only=read_only)
    if url.database and url.database != ":memory:" and not read_only:
        _create_private(Path(url.database))
    # Room for every thread: a connection above `pool_size` would be opened and set up anew for each read.
    made = sa.create_engine(
        url,
        connect_args={"check_same_thread": False},
        pool_size=70,
        max_overflow=430,
        hide_parameters=True,  # an error must not carry a row's values into the log
    )
    sa.event.listen(made, "connect", SqliteSetup(read_only))
    begin = "BEGIN" if read_only else "BEGIN IMMEDIATE"
    sa.event.listen(made, "begin", lambda conn: conn.exec_driver_sql(begin))
    return made


class SqliteSetup:
    """What every new SQLite connection is told; FULL and WAL are checked, since some builds say no silently."""

    def __init__(self, read_only: bool) -> None:
        self.read_only = read_only

    def __call__(self, dbapi: Any, record: object) -> None:  # noqa: ARG002 - SQLAlchemy's shape
        dbapi.isolation_level = None  # we begin transactions ourselves
        cursor = dbapi.cursor()
        cursor.execute(f"PRAGMA busy_timeout={_BUSY_MS}")
        cursor.execute("PRAGMA journal_mode=WAL")
        mode = cursor.fetchone()[0]
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA synchronous")
        synchronous = cursor.fetchone()[0]
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute(f"PRAGMA query_only={'ON' if self.read_only else 'OFF'}")
        cursor.close()
        dbapi.create_function("lower", 1, _lower, deterministic=True)  # SQLite's own knows ASCII only
        if (mode, synchronous) != ("wal", 2):
            raise HubError(
                f"SQLite runs with journal_mode={mode}, synchronous={synchronous}; the hub needs WAL and FULL",
                code="sqlite_unsafe",
                action="keep the home on a local disk (not a network share)",
            )


def _lower(text: object) -> object:
    return fold(text) if isinstance(text, str) else text


def _create_private(path: Path) -> None:
    """Make the file before SQLite does, so that it and its -wal and -shm are readable by us alone."""
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
