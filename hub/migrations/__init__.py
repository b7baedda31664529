"""The schema's history (Alembic, core branch) and the one function that brings a database up to date."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from hub.errors import HubError

HEAD = "0005"
_TABLE = "hub_version"
_LOCK = 7_303_015  # any number that others do not use


def current(conn: Connection) -> str:
    """The revision the database is at; empty for a new one. Asked on a reader, so that no command waits for a lock."""
    if not sa.inspect(conn).has_table(_TABLE):
        return ""
    return conn.exec_driver_sql(f"SELECT version_num FROM {_TABLE}").scalar() or ""  # noqa: S608 - a constant


def upgrade(engine: Engine, to: str = HEAD) -> None:
    """Bring the schema to `HEAD`, in one transaction; refuses a newer one. Call it when it is not there.

    `to` an older revision: for tests of what begins there.
    """
    with engine.begin() as conn:
        one_at_a_time(conn)
        found = current(conn)
        if found == to:
            return
        _refuse_newer(found)
        from alembic import command  # noqa: PLC0415 - 150 ms that only a new or old database needs
        from alembic.config import Config  # noqa: PLC0415

        config = Config()
        config.set_main_option("script_location", str(Path(__file__).parent))
        config.attributes["connection"] = conn
        config.attributes["version_table"] = _TABLE
        command.upgrade(config, to)


def one_at_a_time(conn: Connection) -> None:
    """Wait for whoever else is changing tables, until this transaction ends. SQLite's write lock does that already.

    The one advisory lock that there is: in a new database there is no row yet that could be locked.
    """
    if conn.dialect.name == "postgresql":
        conn.execute(sa.text("SET LOCAL lock_timeout = 0"))  # a large table takes its time
        conn.execute(sa.text("SET LOCAL statement_timeout = 0"))
        conn.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))


def _refuse_newer(found: str) -> None:
    known = {path.name.partition("_")[0] for path in (Path(__file__).parent / "versions").glob("*.py")}
    if found and found not in known:
        raise HubError(
            f"the database has schema {found}, newer than this hub knows ({HEAD})",
            code="schema_newer",
            action="install the version of hub that last used this home, or a newer one",
        )
