"""What the tests of the engine do and look at: papers in, a destination, rows, leases, runs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Row

from hub.app import Hub
from hub.app.configure import Wanted, add_destination
from hub.core.claim import Claim
from hub.core.document import Incoming
from hub.core.runner import Ended, Until
from hub.core.store import deliveries, summary, views
from hub.core.store.claiming import Ask, claim
from hub.core.verify import verify
from hub.errors import Problem
from hub.testing.samples import invoice
from tests.integration.far import PATIENCE

COMPANY = "0123456749"  # an example: valid check digits, no such company
LONG_AGO = date(2020, 1, 1)
LEASE_MS = 60_000


def add_place(hub: Hub, name: str = "far", **wanted: Any) -> int:
    """A destination of the plugin `far` (or another), open for old papers; returns its id."""
    return add_destination(hub, Wanted(**{"name": name, "plugin": "far", "from_date": LONG_AGO, **wanted}))


def take_in(hub: Hub, *numbers: str) -> list[int]:
    """Accept an invoice for each number, in one batch; returns the documents' ids."""
    papers = [Incoming(name=f"{number}.xml", data=invoice(number=number)) for number in numbers]
    arrived = hub.intake.accept(papers)
    assert {one.result for one in arrived} == {"accepted"}
    return [one.document_id or 0 for one in arrived]


def row(hub: Hub, delivery_id: int = 1) -> Row[Any]:
    """A delivery with its outbox row."""
    with hub.db.read() as conn:
        return deliveries.with_row(conn, delivery_id)


def listed(hub: Hub) -> list[dict[str, Any]]:
    """Every delivery as `outbox list` prints it."""
    with hub.db.read() as conn:
        return list(views.deliveries(conn))


def states(hub: Hub) -> list[str]:
    """The shown state of every delivery, oldest first."""
    return [one["state"] for one in listed(hub)]


def outcomes(hub: Hub, delivery_id: int = 1) -> list[tuple[str, str]]:
    """Outcome and code of every attempt, oldest first."""
    with hub.db.read() as conn:
        return [(one["outcome"], one["code"]) for one in views.attempts(conn, delivery_id)]


def change(hub: Hub, statement: str, **values: object) -> int:
    """Change the database behind the hub's back; returns how many rows. `:name` stands for a value."""
    with hub.db.write() as tx:
        return tx.conn.execute(sa.text(statement), values).rowcount


def value(hub: Hub, statement: str) -> Any:
    """The one value that a query gives."""
    with hub.db.read() as conn:
        return conn.execute(sa.text(statement)).scalar_one()


def clock(hub: Hub) -> int:
    """The database's clock."""
    with hub.db.read() as conn:
        return summary.database_now(conn)


def ask(worker: str = "w1", budget: int = 10) -> Ask:
    """What a worker asks for."""
    return Ask(worker=worker, budget=budget, lease_ms=LEASE_MS)


def claim_as(hub: Hub, worker: str = "w1", budget: int = 10) -> list[Claim]:
    """What a worker gets of all that is due, whenever its destination was looked at last."""
    change(hub, "UPDATE destination SET next_due = 1")
    with hub.db.write() as tx:
        return claim(tx, ask(worker, budget))


def let_leases_end(hub: Hub) -> None:
    """Every lease is over, as if its time had passed."""
    change(hub, "UPDATE outbox SET due_at = 1 WHERE worker IS NOT NULL")
    change(hub, "UPDATE destination SET next_due = 1")


def let_time_pass(hub: Hub) -> None:
    """Whatever waits for its time is due."""
    change(hub, "UPDATE outbox SET due_at = 1 WHERE due_at IS NOT NULL AND worker IS NULL")
    change(hub, "UPDATE destination SET next_due = 1, opened_at = CASE WHEN opened_at IS NULL THEN NULL ELSE 1 END")


def deliver(hub: Hub, until: Until = Until.ONCE, only: Sequence[str] = ()) -> Ended:
    """Run the engine until it ends by itself."""
    return hub.run(until, timeout=PATIENCE, only=only, told=threading.Event())


@contextmanager
def delivering(hub: Hub) -> Iterator[threading.Event]:
    """Run the engine beside the test, until the end of the block; gives the event that stops it."""
    told = threading.Event()
    ended: list[Ended] = []
    thread = threading.Thread(target=lambda: ended.append(hub.run(Until.TOLD, timeout=None, only=(), told=told)))
    thread.start()
    try:
        yield told
    finally:
        told.set()
        thread.join(PATIENCE)
    assert ended == [Ended.STOPPED]


def eventually(condition: Callable[[], object]) -> None:
    """Wait until the condition holds, at most `PATIENCE` seconds."""
    tick = threading.Event()
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        tick.wait(0.005)


def faults(hub: Hub) -> tuple[Problem, ...]:
    """What `hub verify` finds."""
    return verify(hub.db, hub.blobs).problems
