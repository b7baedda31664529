"""Tables that a plugin owns: made by its own history when first used, its own only, and never in the core's way."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hub import PluginInfo, hookimpl
from hub.app import Hub
from hub.app.desk import in_use
from hub.app.own_tables import OwnTables
from hub.errors import PluginError
from tests.integration.ledger import value

NOTE = sa.table("shelf_note", sa.column("id", sa.Integer), sa.column("text", sa.Text))
COMPANY = sa.table("company", sa.column("id", sa.Integer), sa.column("name", sa.Text))

REVISION = """
import sqlalchemy as sa
from alembic import op
revision, down_revision = {id!r}, {before!r}
def upgrade():
    {do}
"""
FIRST = "op.create_table('shelf_note', sa.Column('id', sa.Integer, primary_key=True), sa.Column('text', sa.Text))"
SECOND = "op.create_table('shelf_more', sa.Column('id', sa.Integer, primary_key=True))"


def add_revision(folder: Path, number: int, do: str) -> None:
    before = f"{number - 1:04}" if number > 1 else None
    (folder / f"{number:04}_step.py").write_text(REVISION.format(id=f"{number:04}", before=before, do=do))


def plugin(folder: Path) -> ModuleType:
    """A plugin whose revisions are in this folder."""
    module = ModuleType("hub_shelf")

    @hookimpl
    def describe() -> PluginInfo:
        return PluginInfo(title="Shelf", summary="Keeps notes")

    @hookimpl
    def migrations() -> Path:
        return folder

    module.describe, module.migrations = describe, migrations  # type: ignore[attr-defined]
    return module


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the plugin's revisions are: one table so far."""
    made = tmp_path / "a folder, with a space"
    made.mkdir()
    add_revision(made, 1, FIRST)
    return made


@pytest.fixture
def tables(hub: Hub, folder: Path) -> OwnTables:
    """The tables of the plugin `shelf`."""
    hub.host.add("shelf", plugin(folder))
    return hub.tables("shelf")


def count(conn: Connection) -> int:
    return len(conn.execute(sa.select(NOTE.c.id)).all())


def add(conn: Connection) -> None:
    conn.execute(sa.insert(NOTE).values(text="a"))


def test_tables_are_made_when_they_are_first_used(hub: Hub, tables: OwnTables) -> None:
    assert in_use(hub) == frozenset()
    assert tables.read(count) == 0
    assert in_use(hub) == {"shelf"}


def test_what_was_written_is_there(hub: Hub, tables: OwnTables) -> None:
    tables.write(add)
    assert OwnTables(hub.db, hub.host, "shelf").read(count) == 1


def test_a_write_that_raises_leaves_nothing(hub: Hub, tables: OwnTables) -> None:
    def half(conn: Connection) -> None:
        add(conn)
        raise LookupError

    with pytest.raises(LookupError):
        tables.write(half, action="note.added")
    assert tables.read(count) == 0
    assert value(hub, "SELECT count(*) FROM audit WHERE action LIKE 'shelf.%'") == 0


def test_an_action_is_in_the_audit_log_with_who_did_it(hub: Hub, tables: OwnTables) -> None:
    tables.write(add, action="note.added", about="n1", actor="person:7")
    noted = "SELECT actor || ' ' || action || ' ' || object FROM audit WHERE action LIKE 'shelf.%'"
    assert value(hub, noted) == "person:7 shelf.note.added shelf:n1"


def test_a_read_cannot_write(tables: OwnTables) -> None:
    with pytest.raises(sa.exc.DBAPIError, match=r"read-?only"):
        tables.read(add)


@pytest.mark.parametrize(
    "statement",
    [
        sa.select(COMPANY.c.name),
        sa.update(COMPANY).values(name="Mine"),
        sa.delete(COMPANY),
        sa.select(NOTE.c.id).where(NOTE.c.id.in_(sa.select(COMPANY.c.id))),
        sa.select(NOTE.c.id).where(NOTE.c.id == COMPANY.c.id),
        sa.text("SELECT name FROM company"),
        sa.select(NOTE.c.id).where(sa.text("1 = 1")),
    ],
    ids=["select", "update", "delete", "subquery", "column", "text", "text in part"],
)
def test_no_other_table_is_reached(tables: OwnTables, statement: sa.Executable) -> None:
    with pytest.raises(PluginError, match=r"not its own|plain SQL"):
        tables.write(lambda conn: conn.execute(statement))


def test_what_is_said_to_the_driver_itself_is_refused_too(hub: Hub, tables: OwnTables) -> None:
    tables.read(count)
    with pytest.raises(PluginError, match="plain SQL"):
        tables.write(lambda conn: conn.exec_driver_sql("DELETE FROM company"))
    assert value(hub, "SELECT count(*) FROM company") == 1


def test_what_the_core_does_next_is_not_checked(hub: Hub, tables: OwnTables) -> None:
    tables.write(add)
    with hub.db.write() as tx:
        assert tx.conn.execute(sa.select(COMPANY.c.id)).all()


def test_a_newer_plugin_brings_its_tables_up_to_date(hub: Hub, tables: OwnTables, folder: Path) -> None:
    tables.write(add)
    add_revision(folder, 2, SECOND)
    assert OwnTables(hub.db, hub.host, "shelf").read(count) == 1
    assert value(hub, "SELECT version_num FROM shelf_version") == "0002"


def test_an_older_plugin_leaves_newer_tables_alone(hub: Hub, tables: OwnTables, folder: Path) -> None:
    add_revision(folder, 2, SECOND)
    tables.read(count)
    (folder / "0002_step.py").unlink()
    with pytest.raises(PluginError, match="newer than it knows"):
        OwnTables(hub.db, hub.host, "shelf").read(count)


@pytest.mark.parametrize("table", ["company_note", "note"])
def test_a_migration_that_makes_a_foreign_table_is_undone(
    hub: Hub, tables: OwnTables, folder: Path, table: str
) -> None:
    add_revision(folder, 2, FIRST.replace("shelf_note", table))
    with pytest.raises(PluginError, match=f"touch {table}"):
        tables.read(count)
    assert in_use(hub) == frozenset()
    with hub.db.read() as conn:
        assert {table, "shelf_note"}.isdisjoint(sa.inspect(conn).get_table_names())


def test_a_migration_that_drops_a_table_of_the_core_is_undone(hub: Hub, tables: OwnTables, folder: Path) -> None:
    add_revision(folder, 2, "op.drop_table('worker')")
    with pytest.raises(PluginError, match="touch worker"):
        tables.read(count)
    assert value(hub, "SELECT count(*) FROM worker") == 0


def test_a_name_that_begins_tables_of_the_core_gets_none(hub: Hub, folder: Path) -> None:
    hub.host.add("document", plugin(folder))
    with pytest.raises(PluginError, match="document_file"):
        hub.tables("document").read(count)


def test_a_plugin_that_is_gone_or_broken_does_not_keep_the_home_from_opening(
    hub: Hub, tables: OwnTables, folder: Path
) -> None:
    tables.write(add)
    add_revision(folder, 2, "raise RuntimeError('broken')")
    with pytest.raises(PluginError, match="broken"):
        OwnTables(hub.db, hub.host, "shelf").read(count)
    again = Hub.open(hub.config)  # where no plugin of that name is installed
    assert in_use(again) == {"shelf"}
    assert again.company().name == "Voorbeeld NV"
    again.close()
