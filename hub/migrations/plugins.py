"""The tables that a plugin owns: a history and a version table of its own, run after the core's and apart from it.

So a plugin that is broken or was removed never keeps the core from opening its own database. The plugin gives a folder
of Alembic revisions, `0001_what_it_does.py` and so on, whose revision ids are the numbers; the environment is ours.
"""

from __future__ import annotations

import re
import threading
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from hub.core.tables import METADATA
from hub.errors import PluginError
from hub.migrations import one_at_a_time

_REVISION = re.compile(r"([0-9]{4})_\w+\.py")
_ENVIRONMENT = Path(__file__).parent
_ONE_AT_A_TIME = threading.Lock()  # Alembic keeps what it works on in module globals


def version_table(plugin: str) -> str:
    """Where the revision of a plugin's tables is kept."""
    return f"{plugin}_version"


def in_use(conn: Connection) -> frozenset[str]:
    """The plugins that have tables in this database."""
    names = sa.inspect(conn).get_table_names()
    found = (name.removesuffix("_version") for name in names if name.endswith("_version"))
    return frozenset(found) - {"hub"}


def at_head(conn: Connection, plugin: str, revisions: Path) -> bool:
    """Whether a plugin's tables are as its newest revision wants them. Raises PluginError when they are newer."""
    found = _current(conn, plugin)
    known = _known(plugin, revisions)
    if found and found not in known:
        raise PluginError(plugin, f"its tables have revision {found}, newer than it knows ({known[-1]})")
    return found == known[-1]


def upgrade(engine: Engine, plugin: str, revisions: Path) -> None:
    """Bring a plugin's tables to its newest revision, in one transaction.

    Raises PluginError when a revision fails or touches a table whose name does not begin with the plugin's.
    """
    with _ONE_AT_A_TIME, engine.begin() as conn:
        one_at_a_time(conn)
        if at_head(conn, plugin, revisions):
            return
        before = _tables(conn)
        _run(conn, plugin, revisions)
        foreign = sorted(name for name in before ^ _tables(conn) if not name.startswith(f"{plugin}_"))
        if foreign:
            raise PluginError(plugin, f"its migrations touch {foreign[0]}, which is not its own")


def _run(conn: Connection, plugin: str, revisions: Path) -> None:
    from alembic import command  # noqa: PLC0415 - 150 ms that only a new or old database needs
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_ENVIRONMENT))
    config.set_main_option("version_locations", str(revisions))
    config.set_main_option("path_separator", "newline")  # a folder may have a space in its name
    config.attributes.update(connection=conn, version_table=version_table(plugin))
    try:
        command.upgrade(config, "head")
    except Exception as error:
        raise PluginError(plugin, f"its tables could not be made: {type(error).__name__}: {error}") from error


def _known(plugin: str, revisions: Path) -> list[str]:
    if taken := [name for name in METADATA.tables if name.startswith(f"{plugin}_")]:
        raise PluginError(plugin, f"its name is the beginning of the core's own table {taken[0]}")
    known = sorted(match[1] for path in revisions.glob("*.py") if (match := _REVISION.fullmatch(path.name)))
    if not known:
        raise PluginError(plugin, f"there are no migrations in {revisions}")
    return known


def _current(conn: Connection, plugin: str) -> str:
    table = version_table(plugin)
    if not sa.inspect(conn).has_table(table):
        return ""
    return conn.execute(sa.select(sa.column("version_num")).select_from(sa.table(table))).scalar() or ""


def _tables(conn: Connection) -> set[str]:
    return set(sa.inspect(conn).get_table_names())
