"""The databases that tests run on: each test of the store, the engine and the command runs on SQLite and PostgreSQL.

PostgreSQL is one server for all processes of a run, with one migrated template; a test gets a copy of its own and the
copy is dropped after it. A test that is about SQLite's own files, settings or plans is marked `sqlite_only` and says
what it is about.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import pytest

from hub import migrations
from hub.core.store.engine import Database
from hub.testing.postgres import Postgres

KINDS = ("sqlite", "postgres")
_RUN = os.environ.get("PYTEST_XDIST_TESTRUNUID") or uuid.uuid4().hex


class Server:
    """The run's PostgreSQL, started when the first test needs it."""

    @cached_property
    def postgres(self) -> Postgres:
        """The server itself; what is written need not outlive a power cut."""
        return Postgres(Path(tempfile.gettempdir()) / f"hub-pg-{_RUN}", durable=False)

    @cached_property
    def template(self) -> str:
        """A database with the newest schema and nothing in it, made by the first process that needs it."""
        name = f"hub_template_{_schema()}"
        with self.postgres.alone():
            if name not in self.postgres.databases():
                made = self.postgres.made()
                db = Database(self.postgres.url(made))
                migrations.upgrade(db.writer)
                db.close()
                self.postgres.execute(f'ALTER DATABASE "{made}" RENAME TO "{name}"')
        return name

    def close(self) -> None:
        """End it when it was started, and nobody else uses it."""
        if "postgres" in self.__dict__:
            self.postgres.close()


def _schema() -> str:
    """What the migrations say, in short: on a server that stays, the template of an older schema is not used."""
    digest = hashlib.sha256()
    for path in sorted(Path(migrations.__file__).parent.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Databases:
    """Gives databases of one kind."""

    kind: str
    server: Server = field(repr=False)

    @contextmanager
    def fresh(self, *, empty: bool = False) -> Iterator[str]:
        """A new database's URL as HUB_DATABASE_URL takes it; on SQLite none: the home has its own.

        Its schema is the newest, unless it is to be `empty`.
        """
        if self.kind == "sqlite":
            yield ""
            return
        postgres = self.server.postgres
        name = postgres.made() if empty else postgres.made(self.server.template)
        try:
            yield postgres.url(name)
        finally:
            postgres.drop(name)


def kinds_for(test: pytest.Item | pytest.Collector) -> tuple[str, ...]:
    """The kinds of database that a test runs on.

    The tests of the command take minutes, and twice as many on both: they run on PostgreSQL too where HUB_TEST_ALL is
    set (`make test-all`); those of store and engine always do.
    """
    if test.get_closest_marker("sqlite_only"):
        return KINDS[:1]
    if "acceptance" in test.path.parts and not os.environ.get("HUB_TEST_ALL"):
        return KINDS[:1]
    return KINDS
