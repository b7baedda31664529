"""Rows by the million in a home's database, made by SQL in bulk: deliveries that wait, and deliveries long finished.

They share the papers that are kept, and their keys are plain numbers. Checks of references and syncs are off while
they are made, and only then.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing

from bench.stock import Stock

_FIRST = 10**12  # so that all are as long as each other, and the indexes are filled in order
_COLUMNS = "company_id, destination_id, document_id, subject, key, state, created_at, changed_at"
_DELIVERIES = (
    "INSERT INTO delivery ({columns}) SELECT 1, {place}, 1 + n % {papers}, '{word}' || ({first} + n), "
    "'{word}' || ({first} + n), '{state}', 1, 1 FROM {numbers}"
)
_OUTBOX = (
    "INSERT INTO outbox (id, destination_id, due_at) SELECT id, destination_id, id FROM delivery "
    "WHERE state = 'queued' AND destination_id IN ({places})"
)
_WINDOWS = "UPDATE destination SET window_size = 1000, inflight_max = 1000, next_due = 1"


def waiting(stock: Stock, count: int, places: Sequence[int]) -> None:
    """So many that are due, in turns at these destinations, whose windows are wide open."""
    insert = _deliveries(stock, count, word=f"w{places[0]}-", state="queued", place=f"{places[0]} + n % {len(places)}")
    _run(stock, insert, _OUTBOX.format(places=", ".join(map(str, places))), _WINDOWS)


def finished(stock: Stock, count: int) -> None:
    """So many that were delivered, in turns at four destinations."""
    _run(stock, _deliveries(stock, count, word="f", state="delivered", place="1 + n % 4"))


def paused(stock: Stock, place: int) -> None:
    """This destination is paused by a person."""
    _run(stock, f"UPDATE destination SET state = 'paused' WHERE id = {place}")  # noqa: S608 - a number


def _deliveries(stock: Stock, count: int, **words: str) -> str:
    shared = {"columns": _COLUMNS, "first": str(_FIRST), "papers": str(stock.kind.papers)}
    return _DELIVERIES.format(**shared, numbers=_numbers(stock, count), **words)


def _numbers(stock: Stock, count: int) -> str:
    if stock.server:
        return f"generate_series(1, {count}) AS n"
    return f"(WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < {count}) SELECT n FROM c)"  # noqa: S608 - a number


def _run(stock: Stock, *statements: str) -> None:
    if stock.server:
        for statement in statements:
            stock.server.execute(f"SET session_replication_role = replica; {statement}", stock.database)
        return
    with closing(sqlite3.connect(stock.folder / "data" / "hub.db", isolation_level=None)) as connection:
        connection.executescript("PRAGMA synchronous=OFF; PRAGMA foreign_keys=OFF; PRAGMA cache_size=-1000000; BEGIN")
        for statement in statements:
            connection.execute(statement)
        connection.execute("COMMIT")


def analysed(stock: Stock) -> Stock:
    """With the statistics that a server in service has; SQLite is left as it is, for nothing asks it there either."""
    if stock.server:
        stock.server.execute("VACUUM ANALYZE", stock.database)
    return stock
