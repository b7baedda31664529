"""PostgreSQL: what its connections are told and checked for, and how one that broke is replaced before it is used.

READ COMMITTED with row locks for writes, one moment (REPEATABLE READ, read-only) for reads. Limits of time end what
hangs; a lock is waited for. The primary alone is written to, and only where a commit is durable when it is answered.
"""

from __future__ import annotations

import time
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL, Engine
from sqlalchemy.exc import DisconnectionError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from hub.errors import HubError, UsageError

# Seconds after which a server or a network that says nothing more is taken for lost.
_NETWORK = {
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}
_WRITES = {"lock_timeout": "30s", "statement_timeout": "5min", "idle_in_transaction_session_timeout": "2min"}
# An export reads while it writes a pack to a slow disk: nobody waits for that.
_READS = {"lock_timeout": "30s", "statement_timeout": "15min", "idle_in_transaction_session_timeout": "1h"}
_ONE_MOMENT = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}  # said with the BEGIN: no trip more
_FRESH = 0.1  # seconds for which a connection that worked is taken to work still
_USED = "hub_used_at"


def engine(url: URL, *, read_only: bool) -> Engine:
    """A pool of connections, set up and checked. Raises UsageError where the driver is not installed."""
    size = (10, 60) if read_only else (2, 4)  # one writer a process; threads read
    try:
        made = sa.create_engine(
            url,
            connect_args={name: value for name, value in _NETWORK.items() if name not in url.query},
            pool_size=size[0],
            max_overflow=size[1],
            hide_parameters=True,  # an error must not carry a row's values into the log
            isolation_level="READ COMMITTED",
        )
    except ModuleNotFoundError:
        raise UsageError(
            "PostgreSQL needs the extra `postgres`",
            code="extra_missing",
            action="pip install 'bookkeeper-hub[postgres]'",
        ) from None
    sa.event.listen(made, "connect", _Setup(_READS if read_only else _WRITES))
    sa.event.listen(made, "checkin", _note_use)
    sa.event.listen(made, "checkout", _Ping(made))
    return made.execution_options(**_ONE_MOMENT) if read_only else made


class _Setup:
    """What a new connection is told and asked, in two trips."""

    def __init__(self, limits: dict[str, str]) -> None:
        self.limits = "; ".join(f"SET {name} = '{value}'" for name, value in limits.items())

    def __call__(self, dbapi: Any, record: ConnectionPoolEntry) -> None:
        dbapi.autocommit = True
        dbapi.execute(self.limits)
        standby, commit, encoding = dbapi.execute(_ASKED).fetchone()
        dbapi.autocommit = False
        record.info[_USED] = time.monotonic()
        if standby:  # it may become the primary, so this is worth another try
            wrong = "this server is a standby; the hub needs the primary"
            raise OperationalError("connect", None, ConnectionError(wrong))
        if commit == "off":
            raise HubError(
                "PostgreSQL runs with synchronous_commit=off: a crash would lose what was answered",
                code="postgres_unsafe",
                action="ALTER ROLE ... SET synchronous_commit = on, for the hub's role or the whole server",
            )
        if encoding != "UTF8":
            raise HubError(
                f"the database is encoded in {encoding}; papers need UTF8",
                code="postgres_encoding",
                action="CREATE DATABASE ... ENCODING 'UTF8' TEMPLATE template0",
            )


_ASKED = "SELECT pg_is_in_recovery(), current_setting('synchronous_commit'), current_setting('server_encoding')"


def _note_use(dbapi: object, record: ConnectionPoolEntry) -> None:  # noqa: ARG001 - SQLAlchemy's shape
    record.info[_USED] = time.monotonic()


class _Ping:
    """Asks a connection that rested whether it still works; one that was just used is not asked: that costs a trip."""

    def __init__(self, of: Engine) -> None:
        self.dialect = of.dialect

    def __call__(self, dbapi: Any, record: ConnectionPoolEntry, proxy: object) -> None:  # noqa: ARG002 - SQLAlchemy's shape
        if time.monotonic() - record.info.get(_USED, 0.0) < _FRESH:
            return
        try:
            self.dialect.do_ping(dbapi)
        except self.dialect.loaded_dbapi.Error as error:
            raise DisconnectionError from error  # the pool takes this as: throw it away, and give a new one
