"""The database's doors: how SQLite is opened, what a write is made of, and what the files may be read by."""

from __future__ import annotations

import sqlite3
import stat
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError

from hub.app import Hub
from hub.config import Config
from hub.core.runner import Ended, Until
from hub.core.store import companies
from hub.core.store.connect import SqliteSetup
from hub.errors import HubError, UsageError
from tests.integration.far import PATIENCE, Far
from tests.integration.ledger import COMPANY, add_place, change, deliver, faults, take_in, value


def pragma(conn: sa.Connection, name: str) -> Any:
    """What SQLite says."""
    return conn.exec_driver_sql(f"PRAGMA {name}").scalar_one()


@pytest.mark.sqlite_only("its settings")
@pytest.mark.parametrize(
    ("name", "said"), [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("busy_timeout", 10_000)]
)
def test_every_connection_has_the_safe_settings(hub: Hub, name: str, said: object) -> None:
    with hub.db.write() as tx:
        assert pragma(tx.conn, name) == said
    with hub.db.read() as conn:
        assert pragma(conn, name) == said


def test_a_database_that_cannot_be_kept_in_wal_is_refused() -> None:
    memory = sqlite3.connect(":memory:")  # has no WAL, as a database on a network share has none
    with closing(memory), pytest.raises(HubError, match="WAL") as refused:
        SqliteSetup(read_only=False)(memory, None)
    assert refused.value.code == "sqlite_unsafe"


def test_the_read_side_cannot_write(hub: Hub) -> None:
    with hub.db.read() as conn, pytest.raises(DBAPIError, match=r"read-?only"):
        conn.exec_driver_sql("DELETE FROM company")


@pytest.mark.sqlite_only("it has one writer, and a transaction that reads first cannot become it")
def test_a_write_takes_the_lock_before_it_reads(hub: Hub, opened: Callable[..., Hub]) -> None:
    other = opened()
    done = threading.Event()

    def read_then_write() -> None:
        with other.db.write() as tx:
            companies.add(tx, "0876543270", f"{len(companies.every(tx.conn))} before")
        done.set()

    with hub.db.write() as tx:
        thread = threading.Thread(target=read_then_write)
        thread.start()
        companies.add(tx, "0417497106", "First")
        assert not done.wait(0.2)
    thread.join(PATIENCE)
    with hub.db.read() as conn:
        assert [one.name for one in companies.every(conn)][-2:] == ["First", "2 before"]


@pytest.mark.sqlite_only("it has one writer; a row that somebody holds on PostgreSQL: tests/integration/postgres")
def test_a_database_that_another_process_holds_for_three_seconds_is_waited_for(hub: Hub, far: Far) -> None:
    add_place(hub)
    held, free = threading.Event(), threading.Event()

    def hold() -> None:
        with closing(sqlite3.connect(hub.config.data / "hub.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            held.set()
            free.wait(PATIENCE)
            other.execute("ROLLBACK")

    holder = threading.Thread(target=hold)
    holder.start()
    assert held.wait(PATIENCE)
    begin = time.monotonic()
    threading.Timer(3.0, free.set).start()
    take_in(hub, "F1")
    assert time.monotonic() - begin > 2.5
    holder.join(PATIENCE)
    assert deliver(hub, Until.EMPTY) is Ended.DONE


def test_a_write_that_fails_leaves_neither_rows_nor_audit_entries(hub: Hub) -> None:
    before = value(hub, "SELECT count(*) FROM audit")

    def add_twice() -> None:
        with hub.db.write() as tx:
            companies.add(tx, "0876543270", "Klant BV")
            tx.conn.exec_driver_sql("INSERT INTO company (number, created_at) VALUES ('0876543270', 1)")

    with pytest.raises(IntegrityError, match=r"(?i)unique"):
        add_twice()
    assert value(hub, "SELECT count(*) FROM company") == 1
    assert value(hub, "SELECT count(*) FROM audit") == before


def test_a_row_that_points_at_nothing_is_refused(hub: Hub) -> None:
    with pytest.raises(IntegrityError):
        change(hub, "INSERT INTO document_file (document_id, n) VALUES (99, 1)")


def test_a_commit_that_failed_half_way_is_not_built_upon(hub: Hub) -> None:
    with hub.db.write() as tx:
        tx.audit("test.first", "test")

    def fail_to_commit() -> None:
        with hub.db.write() as tx:
            tx.audit("test.lost", "test")
            tx.conn.exec_driver_sql("INSERT INTO later (company_id) VALUES (99)")

    late = "CREATE TABLE later (company_id INTEGER REFERENCES company (id) DEFERRABLE INITIALLY DEFERRED)"
    change(hub, late)
    with pytest.raises(IntegrityError, match=r"(?i)foreign key"):
        fail_to_commit()
    with hub.db.write() as tx:
        tx.audit("test.second", "test")
    assert value(hub, "SELECT count(*) FROM audit WHERE action = 'test.lost'") == 0
    assert value(hub, "SELECT count(DISTINCT chain) FROM audit WHERE action LIKE 'test.%'") == 2
    assert faults(hub) == ()


@pytest.mark.parametrize(
    "verb", ["UPDATE audit SET actor = 'x'", "DELETE FROM audit", "DELETE FROM audit WHERE seq = 1"]
)
def test_the_database_refuses_to_change_or_delete_the_log(hub: Hub, verb: str) -> None:
    with pytest.raises(DBAPIError, match="append-only"):
        change(hub, verb)


def test_a_reader_sees_one_moment(hub: Hub) -> None:
    with hub.db.read() as conn:
        before = conn.exec_driver_sql("SELECT count(*) FROM company").scalar_one()
        change(hub, "INSERT INTO company (number, name, created_at) VALUES ('0876543270', 'x', 1)")
        assert conn.exec_driver_sql("SELECT count(*) FROM company").scalar_one() == before


@pytest.mark.sqlite_only("it counts commits, PostgreSQL notifies")
def test_another_connections_commit_is_noticed_and_silence_too(hub: Hub) -> None:
    first = hub.db.data_version()
    assert hub.db.data_version() == first
    change(hub, "UPDATE company SET name = 'x'")
    assert hub.db.data_version() != first


# -- files --


def mode(path: Path) -> int:
    """Who may do what with it."""
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def lived_in(hub: Hub, far: Far) -> Path:
    """A home with papers in it, while the database is open."""
    add_place(hub)
    take_in(hub, "F1")
    return hub.config.home


@pytest.mark.sqlite_only("its files")
@pytest.mark.parametrize("name", ["key", "data/hub.db", "data/hub.db-wal", "data/hub.db-shm"])
def test_the_homes_files_are_ours_alone(lived_in: Path, name: str) -> None:
    assert mode(lived_in / name) == 0o600


def test_the_homes_folders_are_ours_alone_and_its_blobs_are_never_written_again(lived_in: Path) -> None:
    folders = [lived_in, *(path for path in lived_in.rglob("*") if path.is_dir())]
    assert {mode(path) for path in folders} == {0o700}
    assert {mode(path) for path in (lived_in / "data" / "blobs").rglob("*") if path.is_file()} == {0o440}


def test_the_key_is_not_among_what_a_backup_takes(lived_in: Path) -> None:
    key = (lived_in / "key").read_bytes().strip()
    assert all(key not in path.read_bytes() for path in (lived_in / "data").rglob("*") if path.is_file())


def test_init_is_safe_to_repeat(own_home: Path, database_url: str) -> None:
    config = Config(home=own_home, database_url=database_url)
    first = Hub.init(config)
    key, instance = (own_home / "key").read_bytes(), value(first, "SELECT id FROM instance")
    first.close()
    second = Hub.init(config)
    assert ((own_home / "key").read_bytes(), value(second, "SELECT id FROM instance")) == (key, instance)
    second.close()


def test_a_home_that_is_not_there_is_not_made_by_opening_it(own_home: Path) -> None:
    with pytest.raises(UsageError, match="no hub"):
        Hub.open(Config(home=own_home))
    assert not own_home.exists()


def test_the_only_company_is_the_one_meant_and_of_several_one_must_be_named(hub: Hub) -> None:
    assert hub.company().number == COMPANY
    with hub.db.write() as tx:
        companies.add(tx, "0876543270", "Klant BV")
    with pytest.raises(UsageError, match="2 companies"):
        hub.company()
    assert hub.company("0876543270").name == "Klant BV"
