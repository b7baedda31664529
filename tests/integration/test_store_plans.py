"""What the engine's queries cost: none reads a whole table or sorts, however much history there is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import event

from hub import Receipt
from hub.app import Hub
from hub.core.claim import Settlement
from hub.core.delivery import Outcome, State
from hub.core.store import board, budgets, leasing, outbox, summary
from hub.core.store.board import Wanted
from hub.core.store.claiming import claim
from hub.core.store.settle import settle
from tests.integration.far import Far
from tests.integration.ledger import add_place, ask, change, let_leases_end, take_in

pytestmark = pytest.mark.sqlite_only("its plans")

HISTORY = 3_000
Statement = tuple[str, Any]


@pytest.fixture(params=[False, True], ids=["fresh", "analyzed"])
def busy(hub: Hub, far: Far, request: pytest.FixtureRequest) -> Hub:
    """A home with a long history, some papers due, and some leased."""
    add_place(hub)
    take_in(hub, *(f"F{n}" for n in range(30)))
    change(
        hub,
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :many) "
        "INSERT INTO delivery (company_id, destination_id, document_id, subject, key, state, created_at, changed_at) "
        "SELECT 1, 1, 1, 'old' || i, 'k' || i, 'delivered', 1, 1 FROM n",
        many=HISTORY,
    )
    change(
        hub,
        "INSERT INTO outbox (id, destination_id, due_at) "
        "SELECT id, 1, 9999999999999 FROM delivery WHERE state = 'delivered' AND id % 2 = 0",
    )
    if request.param:
        change(hub, "ANALYZE")
    return hub


@contextmanager
def heard(hub: Hub) -> Iterator[list[Statement]]:
    """Every statement with its parameters, of both engines."""
    said: list[Statement] = []

    def hear(conn: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
        said.append((statement, parameters[0] if many else parameters))

    engines = (hub.db.writer, hub.db._reader)
    for engine in engines:
        event.listen(engine, "before_cursor_execute", hear)
    yield said
    for engine in engines:
        event.remove(engine, "before_cursor_execute", hear)


def costly(hub: Hub, said: list[Statement]) -> list[str]:
    """The plans that read a growing table from end to end, or sort what is not a mere list of destinations."""
    found: list[str] = []
    with hub.db.write() as tx:
        for statement, parameters in said:
            if not statement.startswith(("SELECT", "UPDATE", "DELETE", "INSERT", "WITH")):
                continue
            plan = tx.conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
            steps = [str(step[3]) for step in plan]
            found += [f"{step}: {statement}" for step in steps if _is_costly(step, statement)]
    return found


GROWING = ("outbox", "delivery", "document", "attempt", "audit", "worker")


def _is_costly(step: str, statement: str) -> bool:
    scan = any(step.startswith(f"SCAN {table}") for table in GROWING)
    sort = step.startswith("USE TEMP B-TREE FOR ORDER BY")
    return scan or (sort and any(f"{table}." in statement or f" {table} " in statement for table in GROWING))


def test_the_gauge_finds_a_scan_and_a_sort(busy: Hub) -> None:
    assert costly(busy, [("SELECT * FROM outbox", ())])
    assert costly(busy, [("SELECT id FROM outbox WHERE id IN (1, 2) ORDER BY fence", ())])
    assert costly(busy, [("SELECT id FROM outbox WHERE id = 1", ())]) == []


def test_a_claim_reads_only_what_it_claims(busy: Hub) -> None:
    with heard(busy) as said, busy.db.write() as tx:
        assert len(claim(tx, ask())) == 5
    assert len(said) > 5
    assert costly(busy, said) == []


def test_what_is_leased_is_found_by_the_index_of_the_leased(busy: Hub) -> None:
    place: Any = SimpleNamespace(connection_id=1, shares_limits=True)
    with heard(busy) as said, busy.db.write() as tx:
        leasing.at_work(tx.conn, [1], 5)
        budgets.lines(tx, [place])
    found = []
    with busy.db.write() as tx:
        for statement, parameters in said:
            if "outbox.worker IS NOT NULL" in statement:
                plan = tx.conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
                found += [step[3] for step in plan if " outbox " in step[3]]
    assert len(found) == 2
    assert all("INDEX ix_outbox_leased (" in step for step in found), found


def test_a_claim_of_what_was_lost_reads_only_that(busy: Hub) -> None:
    with busy.db.write() as tx:
        claim(tx, ask())
    let_leases_end(busy)
    with heard(busy) as said, busy.db.write() as tx:
        assert [one.lost for one in claim(tx, ask("w2"))] == [True]
    assert costly(busy, said) == []


def test_marking_renewing_settling_and_handing_back_read_only_their_rows(busy: Hub) -> None:
    with busy.db.write() as tx:
        first, second, *rest = claim(tx, ask())
    ended = Settlement(
        claim=first, outcome=Outcome.DELIVERED, state=State.DELIVERED, receipt=Receipt("r"), unwell=False
    )
    with heard(busy) as said, busy.db.write() as tx:
        outbox.mark(tx, "w1", [(first, []), (second, [])])
        outbox.renew(tx, "w1", [second, *rest], 60_000)
        settle(tx, "w1", [ended])
        outbox.hand_back(tx, "w1", rest)
    assert costly(busy, said) == []


def test_looking_whether_there_is_work_reads_no_delivery(busy: Hub) -> None:
    with heard(busy) as said, busy.db.read() as conn:
        outbox.next_look(conn, None)
        outbox.next_look(conn, frozenset({1}))
    assert costly(busy, said) == []


def test_an_import_reads_only_what_could_be_the_same_paper(busy: Hub) -> None:
    with heard(busy) as said:
        take_in(busy, "NEW-1")
    assert len(said) > 5
    assert costly(busy, said) == []


def test_whether_a_run_is_over_is_known_without_reading_history(busy: Hub) -> None:
    with heard(busy) as said, busy.db.read() as conn:
        summary.anything_to_do(conn, None)
    assert costly(busy, said) == []


def test_the_dashboard_reads_what_is_open_and_no_history(busy: Hub) -> None:
    with heard(busy) as said, busy.db.read() as conn:
        board.open_counts(conn)
        board.rejected_counts(conn)
        board.standing(conn, 1)
        list(board.incoming_ids(conn))
        list(board.delivery_ids(conn, Wanted(above=HISTORY)))
    of_outbox = [plan for plan in costly(busy, said) if plan.startswith("SCAN outbox")]
    assert costly(busy, said) == of_outbox
    assert len(of_outbox) == 1
