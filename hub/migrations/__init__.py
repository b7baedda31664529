"""The schema's history (Alembic, core branch) and the one function that brings a database up to date."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from hub.errors import HubError

HEAD = "0004"
_TABLE = "hub_version"


def current(conn: Connection) -> str:
    """The revision the database is at; empty for a new one."""
    if not sa.inspect(conn).has_table(_TABLE):
        return ""
    return conn.exec_driver_sql(f"SELECT version_num FROM {_TABLE}").scalar() or ""  # noqa: S608 - a constant


def at_head(conn: Connection) -> bool:
    """Whether nothing is to be done: asked on a connection that only reads, so that no command waits for a lock."""
    return current(conn) == HEAD


def upgrade(engine: Engine) -> None:
    """Bring the schema to `HEAD`, in one transaction; refuses a newer one. Call it when it is not `at_head`."""
    with engine.begin() as conn:
        found = current(conn)
        if found == HEAD:
            return
        _refuse_newer(found)
        from alembic import command  # noqa: PLC0415 - 150 ms that only a new or old database needs
        from alembic.config import Config  # noqa: PLC0415

        config = Config()
        config.set_main_option("script_location", str(Path(__file__).parent))
        config.attributes["connection"] = conn
        config.attributes["version_table"] = _TABLE
        command.upgrade(config, "head")


def _refuse_newer(found: str) -> None:
    known = {path.name.partition("_")[0] for path in (Path(__file__).parent / "versions").glob("*.py")}
    if found and found not in known:
        raise HubError(
            f"the database has schema {found}, newer than this hub knows ({HEAD})",
            code="schema_newer",
            action="install the version of hub that last used this home, or a newer one",
        )
