"""The floor of the engine: what one thread writes with plain `sqlite3` for the same durable outcome, and no more.

A claim, a mark before sending, and a settling with attempt and hash chain, each for a group of rows in one commit of
a WAL database with synchronous=FULL: three commits a group. No plugin, no thread, no document, no fence.
"""

from __future__ import annotations

import hashlib
import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

GROUP = 32  # as many as the engine has threads

_TABLES = """
    PRAGMA journal_mode=WAL;
    PRAGMA synchronous=FULL;
    CREATE TABLE delivery (id INTEGER PRIMARY KEY, state TEXT, changed_at INTEGER, receipt TEXT, prepared TEXT);
    CREATE TABLE outbox (id INTEGER PRIMARY KEY, destination_id INTEGER, due_at INTEGER, worker TEXT, fence INTEGER,
        begun INTEGER);
    CREATE INDEX outbox_due ON outbox (destination_id, due_at, id);
    CREATE TABLE attempt (delivery_id INTEGER, n INTEGER, worker TEXT, ended_at INTEGER, outcome TEXT, sha256 TEXT,
        PRIMARY KEY (delivery_id, n));
    CREATE TABLE audit (seq INTEGER PRIMARY KEY, at INTEGER, object TEXT, detail TEXT, hash TEXT);
"""
_CLAIM = """
    UPDATE outbox SET due_at = ?, worker = 'w', fence = fence + 1
    WHERE id IN (SELECT id FROM outbox WHERE destination_id = ? AND due_at <= ? ORDER BY due_at, id LIMIT ?)
    RETURNING id
"""


def drained_per_second(path: Path, count: int, places: int) -> float:
    """Fill a new database with rows for so many destinations, and empty it; `count` is whole groups for each."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.executescript(_TABLES)
        _fill(connection, count, places)
        start = time.monotonic()
        head = ""
        for group in range(count // GROUP):
            ids = _claimed(connection, group % places)
            _mark(connection, ids)
            head = _settle(connection, ids, head)
        return count / (time.monotonic() - start)


def _fill(connection: sqlite3.Connection, count: int, places: int) -> None:
    connection.execute("BEGIN IMMEDIATE")
    rows = [(n, n % places) for n in range(1, count + 1)]
    connection.executemany("INSERT INTO delivery (id, state) VALUES (?, 'queued')", ((n,) for n, _ in rows))
    connection.executemany("INSERT INTO outbox VALUES (?, ?, 0, NULL, 0, 0)", rows)
    connection.execute("COMMIT")


def _claimed(connection: sqlite3.Connection, place: int) -> list[int]:
    now = _now()
    return [row[0] for row in connection.execute(_CLAIM, (now + 60_000, place, now, GROUP)).fetchall()]


def _mark(connection: sqlite3.Connection, ids: Sequence[int]) -> None:
    connection.execute("BEGIN IMMEDIATE")
    connection.executemany("UPDATE outbox SET begun = 1 WHERE id = ? AND worker = 'w'", ((one,) for one in ids))
    connection.executemany("UPDATE delivery SET prepared = ? WHERE id = ?", (("[]", one) for one in ids))
    connection.execute("COMMIT")


def _settle(connection: sqlite3.Connection, ids: Sequence[int], head: str) -> str:
    """Returns the new head of the hash chain."""
    now = _now()
    connection.execute("BEGIN IMMEDIATE")
    connection.executemany("DELETE FROM outbox WHERE id = ? AND worker = 'w'", ((one,) for one in ids))
    delivered = ((now, one) for one in ids)
    connection.executemany(
        "UPDATE delivery SET state = 'delivered', changed_at = ?, receipt = '{}' WHERE id = ?", delivered
    )
    attempts = ((one, 1, "w", now, "delivered", "") for one in ids)
    connection.executemany("INSERT INTO attempt VALUES (?, ?, ?, ?, ?, ?)", attempts)
    for one in ids:
        head = hashlib.sha256(f"{head}delivery:{one}".encode()).hexdigest()
        connection.execute(
            "INSERT INTO audit (at, object, detail, hash) VALUES (?, ?, '{}', ?)", (now, f"delivery:{one}", head)
        )
    connection.execute("COMMIT")
    return head


def _now() -> int:
    return time.time_ns() // 1_000_000
