"""Clocks that jump: leases go by the database's clock and its like, so the process's own may be wrong by a day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from hub import NotSent
from hub.app import Hub
from hub.core.runner import Until
from tests.integration.far import Far, Gate, Sent, first, taken
from tests.integration.ledger import (
    add_place,
    change,
    claim_as,
    clock,
    deliver,
    delivering,
    eventually,
    faults,
    let_time_pass,
    outcomes,
    row,
    states,
    take_in,
)

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
JUMPS = [HOUR, -HOUR, DAY, -DAY]


class Process:
    """The clock of the process: right, until it jumps."""

    def __init__(self) -> None:
        self.wrong = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.wrong


@pytest.fixture
def process() -> Process:
    """It is right so far."""
    return Process()


@pytest.fixture
def jumping(opened: Callable[..., Hub], process: Process, far: Far) -> Hub:
    """A home that is delivered from by a process with that clock, beside one whose clock is right."""
    hub = opened()
    hub.now = hub.db.now = process
    hub.host.add("far", far)
    add_place(hub)
    return hub


@pytest.mark.parametrize("jump", JUMPS, ids=str)
def test_a_process_whose_clock_jumps_while_it_sends_keeps_its_lease_and_its_outcome(
    jumping: Hub, process: Process, far: Far, jump: timedelta
) -> None:
    gate = far.on_deliver = Gate()
    take_in(jumping, "F1")
    with delivering(jumping):
        assert gate.arrived.wait(20)
        process.wrong = jump
        assert claim_as(jumping, "other") == [], "its lease is not over"
        gate.opened.set()
        eventually(lambda: states(jumping) == ["delivered"])
    assert outcomes(jumping) == [("delivered", "")]
    assert len(far.sent) == 1
    assert faults(jumping) == ()


@pytest.mark.parametrize("jump", JUMPS, ids=str)
def test_a_process_with_a_wrong_clock_waits_as_long_as_any_other(
    jumping: Hub, process: Process, far: Far, jump: timedelta
) -> None:
    process.wrong = jump
    far.on_deliver = first(NotSent("connect"))
    take_in(jumping, "F1")
    before = clock(jumping)
    deliver(jumping)
    assert 4_000 <= row(jumping).due_at - before <= 30_000  # five seconds and a fifth, and what the test took
    let_time_pass(jumping)
    deliver(jumping)
    assert states(jumping) == ["delivered"]


@pytest.mark.parametrize("jump", JUMPS, ids=str)
def test_papers_go_out_once_each_whatever_the_process_thinks_of_the_time(
    jumping: Hub, process: Process, far: Far, jump: timedelta
) -> None:
    numbers = [f"F{n}" for n in range(12)]

    def jumps(sent: Sent) -> object:
        process.wrong = jump if sent.id % 2 else timedelta(0)
        return taken(sent)

    far.on_deliver = jumps
    take_in(jumping, *numbers)
    deliver(jumping, Until.EMPTY)
    assert states(jumping) == ["delivered"] * len(numbers)
    assert len({sent.key for sent in far.sent}) == len(far.sent) == len(numbers)


@pytest.mark.parametrize("jump", [HOUR, DAY], ids=str)
def test_a_database_clock_that_jumps_ahead_ends_leases_and_what_was_marked_is_not_sent_blindly(
    hub: Hub, far: Far, jump: timedelta
) -> None:
    """As far as a lease can see, its worker stood still for so long: the same protection holds."""
    add_place(hub, on_uncertain="ask")
    take_in(hub, "F1", "F2")
    gate = far.on_deliver = Gate()
    with delivering(hub):
        assert gate.arrived.wait(20)
        change(hub, "UPDATE outbox SET due_at = due_at - :jump WHERE worker IS NOT NULL", jump=_ms(jump))
        gate.opened.set()
        eventually(lambda: set(states(hub)) <= {"delivered", "uncertain"})
    keys = [sent.key for sent in far.sent]
    assert len(set(keys)) == len(keys)
    assert faults(hub) == ()


@pytest.mark.parametrize("jump", [HOUR, DAY], ids=str)
def test_a_database_clock_that_jumps_back_loses_no_paper(hub: Hub, far: Far, jump: timedelta) -> None:
    """What was due then is due later by as much, and goes by itself; what comes new goes at once."""
    add_place(hub)
    take_in(hub, "F1")
    change(hub, "UPDATE outbox SET due_at = due_at + :jump", jump=_ms(jump))
    change(hub, "UPDATE destination SET next_due = next_due + :jump", jump=_ms(jump))
    take_in(hub, "F2")
    deliver(hub)
    assert states(hub) == ["queued", "delivered"]
    assert row(hub).due_at - clock(hub) <= _ms(jump)
    let_time_pass(hub)
    deliver(hub)
    assert states(hub) == ["delivered", "delivered"]


def _ms(jump: timedelta) -> int:
    return round(jump.total_seconds() * 1000)
