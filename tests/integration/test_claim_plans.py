"""What a claim reads on PostgreSQL, by the server's own account of the very statements that the claim ran.

The database is filled so far that a plan for a small table would show; SQLite's plans are in `test_store_plans.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Connection

from bench import backlog
from bench.engine import opened
from bench.stock import Kind, Stock
from hub.app import Hub
from hub.core.store.claiming import Ask, claim
from hub.core.store.engine import Tx
from hub.testing.postgres import Postgres

pytestmark = pytest.mark.filterwarnings("ignore:XDG_RUNTIME_DIR")  # the server's package looks where nothing is kept

BATCH = 100
PAUSED = 5
GROWING = {"outbox", "delivery", "document", "attempt", "audit"}
Plan = Mapping[str, Any]
Statement = tuple[str, Any]


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """A home on a server, with a long history, thousands due at four places and at a paused one, all analysed."""
    folder = tmp_path_factory.mktemp("plans")
    with Postgres() as server:
        stock = Stock.made(folder / "home", Kind(papers=50, times=0, places=PAUSED), server)
        backlog.finished(stock, 10_000)
        backlog.waiting(stock, 5_000, [PAUSED])
        backlog.waiting(stock, 40_000, [1, 2, 3, 4])
        backlog.paused(stock, PAUSED)
        hub = opened(backlog.analysed(stock).folder)
        yield hub
        hub.close()


@contextmanager
def undone(hub: Hub) -> Iterator[Connection]:
    """A transaction of which nothing stays."""
    with hub.db.writer.connect() as conn:
        yield conn
        conn.rollback()


def heard(hub: Hub, conn: Connection) -> list[Statement]:
    """The statements of a claim of a whole batch, each with its (first) parameters."""
    said: list[Statement] = []

    def hear(conn: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
        said.append((statement, parameters[0] if many else parameters))

    event.listen(hub.db.writer, "before_cursor_execute", hear)
    try:
        assert len(claim(Tx(conn, 1, "test"), Ask(worker="w1", budget=BATCH, lease_ms=60_000))) == BATCH
    finally:
        event.remove(hub.db.writer, "before_cursor_execute", hear)
    return said


def explained(conn: Connection, statement: Statement) -> list[Plan]:
    """Run a statement; every step of how the server did it."""
    text, parameters = statement
    (told,) = conn.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {text}", parameters).scalar_one()
    return list(steps(told["Plan"]))


def steps(plan: Plan) -> Iterator[Plan]:
    """A step and all below it."""
    yield plan
    for below in plan.get("Plans", []):
        yield from steps(below)


def rows_read(step: Plan) -> float:
    """How many rows a step read of a growing table, also those it then left out."""
    left_out = step.get("Rows Removed by Filter", 0) + step.get("Rows Removed by Index Recheck", 0)
    of_growing = step.get("Relation Name") in GROWING and step["Node Type"] not in {"ModifyTable", "LockRows"}
    return float((step["Actual Rows"] + left_out) * step["Actual Loops"]) if of_growing else 0.0


def costly(plans: list[Plan]) -> list[str]:
    """The steps that read a growing table from end to end or sort its rows, and the reading of too many."""
    growing = any(step.get("Relation Name") in GROWING for step in plans)
    found = [
        f"{step['Node Type']} {step.get('Relation Name', '')}"
        for step in plans
        if (step["Node Type"] == "Seq Scan" and step["Relation Name"] in GROWING)
        or (growing and "Sort" in step["Node Type"])
    ]
    return found + [f"{rows_read(step):.0f} rows read" for step in plans if rows_read(step) > 2 * BATCH]


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("SELECT * FROM outbox", ["Seq Scan outbox", "45000 rows read"]),
        ("SELECT id FROM outbox WHERE id <= 30 ORDER BY fence", ["Sort "]),
        ("SELECT id FROM outbox WHERE id <= 10250 AND fence < 0", ["250 rows read"]),
        ("SELECT id FROM outbox WHERE id = 20010", []),
    ],
)
def test_the_gauge_finds_what_a_claim_must_not_do(busy: Hub, statement: str, what: list[str]) -> None:
    with undone(busy) as conn:
        found = costly(explained(conn, (statement, None)))
    assert found[: len(what)] == what
    assert bool(found) is bool(what)


def test_a_claim_reads_by_index_in_order_and_at_most_twice_its_batch(busy: Hub) -> None:
    with undone(busy) as conn:
        said = heard(busy, conn)
    with undone(busy) as conn:  # the same moment again: what was claimed is free
        plans = [explained(conn, statement) for statement in said]
    read = [step for plan in plans for step in plan if step.get("Relation Name") == "outbox"]
    assert read
    assert [what for plan in plans for what in costly(plan)] == []
