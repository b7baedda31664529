"""The database's two doors: `write()`, one transaction with its audit entries, and `read()`, which changes nothing.

How each kind of database is connected to: `connect.py`.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy import PoolProxiedConnection, bindparam
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from hub.core.audit import GENESIS, Head, canonical, digest
from hub.core.clock import Now, system_now, to_ms
from hub.core.disk import is_failing
from hub.core.store.bell import RING, Bell
from hub.core.store.connect import engine, parsed
from hub.core.store.group import inserting
from hub.core.tables import audit, chain
from hub.errors import DiskError


class database_ms(FunctionElement[int]):  # noqa: N801 - used like an SQL function
    """The database's own clock in milliseconds since 1970: the one clock of all leases."""

    type = sa.BigInteger()
    inherit_cache = True


@compiles(database_ms, "sqlite")
def _sqlite_ms(element: object, compiler: object, **kw: object) -> str:  # noqa: ARG001 - SQLAlchemy's shape
    return "CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER)"


@compiles(database_ms, "postgresql")
def _postgresql_ms(element: object, compiler: object, **kw: object) -> str:  # noqa: ARG001 - SQLAlchemy's shape
    return "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)"


_CLOCK = sa.select(database_ms())
_ENTRIES = inserting(audit, "chain", "seq", "at", "actor", "action", "object", "detail", "prev_hash", "hash")
_MOVED = (
    sa.update(chain)
    .where(chain.c.id == bindparam("one"))
    .values(seq=bindparam("last_seq"), hash=bindparam("last_hash"))
)


class Tx:
    """One write transaction. `audit` adds to the log; the entries are written with the commit, or not at all."""

    def __init__(self, conn: Connection, at: int, actor: str) -> None:
        self.conn = conn
        self.at = at
        self.actor = actor
        self.entries: list[tuple[str, str, str, str]] = []
        self.rings = False  # whether to tell idle processes that there is something to look at, with the commit
        self._clock: int | None = None

    def audit(self, action: str, object_: str, *, actor: str = "", **detail: object) -> None:
        """Note who did what to which object. Never document contents."""
        self.entries.append((actor or self.actor, action, object_, canonical(detail)))

    def clock(self) -> int:
        """The moment of this transaction by the database's clock, in milliseconds; read once."""
        if self._clock is None:
            self._clock = self.clock_after_waiting()
        return self._clock

    def clock_after_waiting(self) -> int:
        """The database's clock now: for a decision that must not be older than a lock that was waited for."""
        return int(self.conn.execute(_CLOCK).scalar_one())


class Database:
    """The store of one home. `actor` is who writes (an operator's login, `run`, ...)."""

    def __init__(self, url: str, *, actor: str = "system", now: Now = system_now) -> None:
        self.url = parsed(url)
        self.actor = actor
        self.now = now
        self.sqlite = self.url.get_backend_name() == "sqlite"
        self._writer = engine(self.url, read_only=False)
        self._reader = engine(self.url, read_only=True)
        self._head = _new_head()
        self._one_writer = threading.Lock()
        self._failed = False
        self._bells: list[Bell] = []
        self._watcher: PoolProxiedConnection | None = None

    @contextmanager
    def write(self) -> Iterator[Tx]:
        """One transaction: all of it and its audit entries, or nothing. One at a time in a process."""
        with self._one_writer, self._writer.begin() as conn:
            tx = Tx(conn, to_ms(self.now()), self.actor)
            yield tx
            head = self._head
            if tx.entries:
                head, self._head = self._seal(tx), _new_head()  # a commit that fails half-way must not be built on
            if tx.rings and not self.sqlite:
                conn.execute(RING)
            try:
                _commit(conn)
            except DiskError:
                self._failed = True
                raise
            self._head = head

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A consistent view that cannot write."""
        with self._reader.connect() as conn:
            yield conn

    def data_version(self) -> int | None:
        """A number that moves when another connection commits to this SQLite file; None where there is none.

        Always asked on one connection of its own: the number says nothing across connections. One thread asks.
        """
        if not self.sqlite:
            return None
        if self._watcher is None:
            self._watcher = self._reader.raw_connection()
        cursor = self._watcher.cursor()
        version = int(cursor.execute("PRAGMA data_version").fetchone()[0])
        cursor.close()
        return version

    def bell(self) -> Bell | None:
        """What tells that another process has put something in the outbox; None on SQLite: see `data_version`."""
        if self.sqlite:
            return None
        bell = Bell(self._reader)
        self._bells.append(bell)
        return bell

    def close(self) -> None:
        """Give all connections back."""
        if self._failed:  # SQLite would sync once more what the disk has just refused
            return
        if self._watcher is not None:
            self._watcher.close()
        for bell in self._bells:
            bell.close()
        self._reader.dispose()
        self._writer.dispose()

    @property
    def writer(self) -> Engine:
        """The write engine, for migrations."""
        return self._writer

    def _seal(self, tx: Tx) -> Head:
        """Write the entries behind the chain's head and move the head."""
        if self._head.seq == 0:
            tx.entries.insert(
                0, ("system", "chain.started", "chain:" + self._head.chain, canonical({"heads": _link_heads(tx)}))
            )
            tx.conn.execute(sa.insert(chain).values(id=self._head.chain, started_at=tx.at, hash=GENESIS))
        head = self._head
        rows: list[tuple[str | int, ...]] = []
        for actor, action, object_, detail in tx.entries:
            fields = (head.chain, head.seq + 1, tx.at, actor, action, object_, detail, head.hash)
            head = Head(head.chain, head.seq + 1, digest(fields))
            rows.append((*fields, head.hash))
        _ENTRIES.run(tx.conn, rows)
        tx.conn.execute(_MOVED, {"one": head.chain, "last_seq": head.seq, "last_hash": head.hash})
        return head


def _commit(conn: Connection) -> None:
    """Commit. A connection on which that failed is thrown away: its transaction may still be open and locked."""
    try:
        conn.commit()
    except DBAPIError as error:
        conn.invalidate()
        if is_failing(error.orig):
            raise DiskError(f"the database's disk failed: {error.orig}") from error
        raise


def _new_head() -> Head:
    return Head(uuid.uuid4().hex, 0, GENESIS)


def _link_heads(tx: Tx) -> list[list[object]]:
    """Name the head of every chain that moved since it was last named."""
    moved = (
        sa.select(chain.c.id, chain.c.seq, chain.c.hash).where(chain.c.seq > chain.c.linked_seq).order_by(chain.c.id)
    )
    heads = [[row.id, row.seq, row.hash] for row in tx.conn.execute(moved)]
    tx.conn.execute(sa.update(chain).where(chain.c.seq > chain.c.linked_seq).values(linked_seq=chain.c.seq))
    return heads
