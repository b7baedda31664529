"""Leases while the engine runs: renewed as long as a delivery is out, given up in order, lost by who stalls."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from hub import NotSent
from hub.app import Hub
from hub.core.pump import Pump
from hub.core.store import workers
from tests.integration.far import PATIENCE, Far, Gate, absent, raising, taken
from tests.integration.ledger import (
    add_place,
    change,
    claim_as,
    clock,
    deliver,
    delivering,
    eventually,
    let_leases_end,
    outcomes,
    row,
    states,
    take_in,
    value,
)


def turn_until(pump: Pump, condition: Callable[[], object]) -> None:
    """Turn the engine by hand until the condition holds."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        pump.turn()


def test_a_delivery_that_takes_longer_than_the_lease_keeps_it(opened: Callable[..., Hub]) -> None:
    hub = opened(lease=2.0)
    far = Far()
    hub.host.add("far", far)
    add_place(hub)
    take_in(hub, "F1")
    gate = far.on_deliver = Gate()
    with delivering(hub):
        assert gate.arrived.wait(PATIENCE)
        first = row(hub).due_at
        eventually(lambda: clock(hub) > first + 500)
        assert row(hub).due_at > clock(hub)
        assert claim_as(hub, "w2") == []
        gate.opened.set()
        eventually(lambda: states(hub) == ["delivered"])
    assert (outcomes(hub), len(far.sent)) == ([("delivered", "")], 1)


def test_a_worker_that_loses_its_lease_while_it_sends_leaves_the_paper_to_the_new_one(
    hub: Hub, tracing_far: Far
) -> None:
    add_place(hub)
    take_in(hub, "F1")
    gate = tracing_far.on_deliver = Gate()
    tracing_far.on_trace = taken
    with delivering(hub):
        assert gate.arrived.wait(PATIENCE)
        let_leases_end(hub)
        [stolen] = claim_as(hub, "w2")
        assert (stolen.begun, stolen.lost) == (True, True)
        gate.opened.set()
        eventually(lambda: states(hub) == ["delivered"])
    assert outcomes(hub) == [("lost", "lost_after_mark"), ("delivered", "")]


def test_a_worker_that_loses_its_lease_while_it_prepares_sends_nothing(hub: Hub, far: Far) -> None:
    add_place(hub)
    take_in(hub, "F1")
    reached, go_on = threading.Event(), threading.Event()
    usual = far.on_prepare

    def slow(document: Any, delivery: Any) -> Any:
        reached.set()
        assert go_on.wait(PATIENCE)
        return usual(document, delivery)

    far.on_prepare = slow
    with delivering(hub):
        assert reached.wait(PATIENCE)
        let_leases_end(hub)
        claim_as(hub, "w2")
        go_on.set()
        eventually(lambda: len(far.prepared) == 1 and value(hub, "SELECT count(*) FROM worker") == 1)
        take_in(hub, "F2")
        eventually(lambda: states(hub)[1] == "delivered")
    assert [sent.id for sent in far.sent] == [2]
    assert row(hub).worker == "w2"


def test_a_process_that_stalls_between_the_mark_and_the_first_byte_does_not_send(hub: Hub, far: Far) -> None:
    add_place(hub)
    take_in(hub, "F1")
    pump = hub.pump()
    pump.turn()  # claims; no thread has taken it up yet
    [held] = pump._held.values()
    held.until = time.monotonic() - 1.0  # as when the whole process stood still
    pump.start()
    turn_until(pump, lambda: outcomes(hub) == [("not_sent", "lease_short")])
    assert far.sent == []
    assert not row(hub).begun
    pump.drain(lambda: 1.0)


def test_two_workers_share_a_destination_and_no_paper_is_sent_twice(opened: Callable[..., Hub]) -> None:
    far = Far()
    hubs = [opened(), opened()]
    for hub in hubs:
        hub.host.add("far", far)
    add_place(hubs[0])
    take_in(hubs[0], *(f"F{n}" for n in range(40)))
    with delivering(hubs[0]), delivering(hubs[1]):
        eventually(lambda: set(states(hubs[0])) == {"delivered"})
    assert sorted(sent.id for sent in far.sent) == list(range(1, 41))


def test_a_worker_is_seen_while_it_runs_and_not_after(hub: Hub, far: Far) -> None:
    def alive() -> int:
        with hub.db.read() as conn:
            return len(workers.alive(conn, clock(hub), 60_000))

    with delivering(hub):
        eventually(lambda: alive() == 1)
    assert alive() == 0


def test_a_paper_of_a_destination_that_was_lost_is_traced_by_the_next_run(hub: Hub, tracing_far: Far) -> None:
    add_place(hub)
    take_in(hub, "F1")
    [stale] = claim_as(hub, "gone")
    change(hub, "UPDATE outbox SET begun = true")
    change(hub, "UPDATE delivery SET prepared = '[]'")
    let_leases_end(hub)
    tracing_far.on_trace = absent
    deliver(hub)
    assert stale.id == 1
    assert outcomes(hub)[0] == ("lost", "lost_after_mark")


@pytest.mark.parametrize("slots", [1, 3])
def test_no_more_deliveries_run_at_once_than_there_are_slots(opened: Callable[..., Hub], slots: int) -> None:
    hub = opened(slots=slots)
    far = Far()
    hub.host.add("far", far)
    add_place(hub)
    take_in(hub, *(f"F{n}" for n in range(8)))
    busy, most, lock = [0], [0], threading.Lock()

    def count(sent: Any) -> Any:
        with lock:
            busy[0] += 1
            most[0] = max(most[0], busy[0])
        lock.acquire(timeout=0.01)  # long enough for another slot to come in, if there were one
        if lock.locked():
            lock.release()
        with lock:
            busy[0] -= 1
        return taken(sent)

    far.on_deliver = count
    deliver(hub)
    assert most[0] <= slots
    assert states(hub) == ["delivered"] * 8


def test_a_settled_delivery_belongs_to_no_worker(hub: Hub, far: Far) -> None:
    add_place(hub)
    take_in(hub, "F1")
    far.on_deliver = raising(NotSent("connect"))
    pump = hub.pump()
    pump.start()
    turn_until(pump, lambda: row(hub).attempts == 1)
    pump.drain(lambda: 1.0)
    assert (row(hub).worker, states(hub)) == (None, ["queued"])
