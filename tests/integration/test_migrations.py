"""The schema: made whole or not at all, equal to the tables in the code, and never taken back to an older one."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from hub import migrations
from hub.app import Hub
from hub.config import Config
from hub.core.store.engine import Database
from hub.core.tables import METADATA
from hub.errors import HubError
from tests.databases import Databases
from tests.integration.far import PATIENCE
from tests.integration.ledger import change, value


@pytest.fixture
def url(tmp_path: Path, databases: Databases) -> Iterator[str]:
    """A new database, with nothing in it."""
    with databases.fresh(empty=True) as url:
        yield url or f"sqlite:///{tmp_path / 'new.db'}"


def tables(url: str) -> set[str]:
    """What is in a database."""
    engine = sa.create_engine(url)
    try:
        return set(sa.inspect(engine).get_table_names())
    finally:
        engine.dispose()


def test_a_new_database_gets_the_newest_schema(hub: Hub) -> None:
    with hub.db.read() as conn:
        assert migrations.current(conn) == migrations.HEAD
    assert value(hub, "SELECT count(*) FROM hub_version") == 1


def test_the_schema_is_what_the_tables_in_the_code_say(hub: Hub) -> None:
    with hub.db.writer.connect() as conn:
        options = {"version_table": "hub_version", "compare_type": True}
        assert compare_metadata(MigrationContext.configure(conn, opts=options), METADATA) == []


@pytest.mark.sqlite_only("PostgreSQL's sequences do it by themselves")
def test_every_id_is_given_once_also_after_a_delete(hub: Hub) -> None:
    made = "SELECT name FROM sqlite_schema WHERE sql LIKE '%AUTOINCREMENT%' ORDER BY name"
    with hub.db.read() as conn:
        counted = list(conn.exec_driver_sql(made).scalars())
    assert counted == ["company", "connection", "delivery", "destination", "document", "incoming", "pack"]


def test_a_database_that_is_up_to_date_is_left_alone(hub: Hub) -> None:
    before = hub.db.data_version()
    migrations.upgrade(hub.db.writer)
    assert hub.db.data_version() == before


def test_a_newer_schema_is_refused_and_not_touched(hub: Hub) -> None:
    change(hub, "UPDATE hub_version SET version_num = '0999'")
    with pytest.raises(HubError, match="newer") as refused:
        migrations.upgrade(hub.db.writer)
    assert refused.value.code == "schema_newer"
    assert value(hub, "SELECT version_num FROM hub_version") == "0999"


def test_a_migration_that_fails_half_way_leaves_nothing(url: str) -> None:
    db = Database(url)

    def fail(conn: object, cursor: object, statement: str, *_: object) -> None:
        if "CREATE TABLE outbox" in statement:
            raise KeyboardInterrupt

    sa.event.listen(db.writer, "before_cursor_execute", fail)
    with pytest.raises(KeyboardInterrupt):
        migrations.upgrade(db.writer)
    db.close()
    assert tables(url) == set()
    again = Database(url)
    migrations.upgrade(again.writer)
    assert "outbox" in tables(url)
    again.close()


VERSIONS = ["", "0001", "0002", "0003", "0004"]


def test_every_older_version_is_tried() -> None:
    assert [*VERSIONS, migrations.HEAD][1:] == sorted(
        path.name.partition("_")[0] for path in Path(migrations.__file__).parent.glob("versions/0*.py")
    )


@pytest.mark.parametrize("version", VERSIONS)
def test_a_migration_that_is_killed_at_any_statement_leaves_the_old_schema_and_the_next_one_finishes(
    url: str, version: str
) -> None:
    db = Database(url)
    if version:
        migrations.upgrade(db.writer, version)
    # From nothing PostgreSQL makes sixty tables and indexes, each time anew: there every fourth statement will do.
    before, told = _shape(db), _Killer(db, 1 if version or db.sqlite else 4)
    while told.kills():
        assert _shape(db) == before, f"after {told.nth} statements"
    assert told.nth > 2
    assert _shape(db)[0] == migrations.HEAD
    db.close()


_SHAPES = {
    "sqlite": "SELECT name, sql FROM sqlite_schema",
    "postgresql": "SELECT relname, attname FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid "
    "WHERE relnamespace = 'public'::regnamespace",
}


def _shape(db: Database) -> tuple[str, set[Any]]:
    """The revision, and every table and index with its columns."""
    with db.read() as conn:
        return migrations.current(conn), set(conn.exec_driver_sql(_SHAPES[conn.dialect.name]).all())


class _Killer:
    """Migrates and dies at the first statement, then at the second, and so on, until it comes to its end."""

    def __init__(self, db: Database, step: int) -> None:
        self.db = db
        self.step = step
        self.nth = 0
        self._left = 0

    def kills(self) -> bool:
        """True when it died."""
        self._left = self.nth
        self.nth += self.step
        sa.event.listen(self.db.writer, "before_cursor_execute", self._count)
        try:
            migrations.upgrade(self.db.writer)
        except KeyboardInterrupt:
            return True
        finally:
            sa.event.remove(self.db.writer, "before_cursor_execute", self._count)
            self.db.writer.dispose()  # nothing is rolled back in good order: the connection is gone
        return False

    def _count(self, conn: sa.Connection, cursor: object, statement: str, *more: object) -> None:
        if statement.startswith("BEGIN"):
            return
        if self._left == 0:
            conn.invalidate()
            raise KeyboardInterrupt
        self._left -= 1


def test_two_processes_that_migrate_at_once_end_with_one_schema(own_home: Path, url: str) -> None:
    own_home.mkdir()
    config = Config(home=own_home, database_url=url)
    config.data.mkdir()
    start, ended = threading.Barrier(4), list[str]()

    def init() -> None:
        start.wait(PATIENCE)
        hub = Hub.init(config)
        ended.append(value(hub, "SELECT id FROM instance"))
        hub.close()

    threads = [threading.Thread(target=init) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert len(ended) == 4
    assert len(set(ended)) == 1
