"""Row 20: a plugin that hangs loses its slot at the deadline, and nothing else does."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from hub import Deadlines, Problem, Receipt, Rejected
from hub.app import Hub
from hub.app.cause import why
from hub.core.pump import Pump
from hub.core.runner import Until
from tests.integration.far import PATIENCE, Far, Sent, taken
from tests.integration.ledger import (
    add_place,
    deliver,
    delivering,
    eventually,
    faults,
    let_time_pass,
    outcomes,
    row,
    states,
    take_in,
    value,
)
from tests.integration.test_pump_lease import turn_until

SHORT = 0.2  # seconds
HUNG = ("uncertain", "plugin_hung")


class Spin:
    """Python that never ends, and holds the interpreter in turns."""

    def __init__(self) -> None:
        self.over = False

    def __call__(self) -> None:
        while not self.over:
            pass

    def release(self) -> None:
        self.over = True


class Blocked:
    """A call into C that does not come back: a read where nobody writes."""

    def __init__(self) -> None:
        self.inner, self.outer = os.pipe()

    def __call__(self) -> None:
        os.read(self.inner, 1)

    def release(self) -> None:
        os.close(self.outer)


class Asleep:
    """A wait for what never happens."""

    def __init__(self) -> None:
        self.event = threading.Event()

    def __call__(self) -> None:
        self.event.wait()

    def release(self) -> None:
        self.event.set()


Hang = Spin | Blocked | Asleep


@pytest.fixture(params=[Spin, Blocked, Asleep])
def hang(request: pytest.FixtureRequest) -> Iterator[Hang]:
    """A way to hang, ended with the test."""
    hang = request.param()
    yield hang
    hang.release()


def _impatient(hub: Hub, **info: Any) -> Far:
    far = Far(deadlines=Deadlines(prepare=SHORT, deliver=SHORT, trace=SHORT), **info)
    hub.host.add("far", far)
    return far


def _first(hang: Hang, usual: Callable[..., Any]) -> Callable[..., Any]:
    """Hangs with the first delivery, does the usual with the others, and afterwards."""

    def answer(*given: Any) -> Any:
        if given[-1].id == 1:
            hang()
        return usual(*given)

    return answer


def test_a_prepare_that_hangs_is_not_sent_and_the_next_paper_gets_the_slot(
    opened: Callable[..., Hub], hang: Hang
) -> None:
    hub = opened(slots=1)
    far = _impatient(hub)
    far.on_prepare = _first(hang, far.on_prepare)
    add_place(hub, on_uncertain="ask")
    take_in(hub, "F1", "F2")
    deliver(hub)
    assert states(hub) == ["queued", "delivered"]
    assert outcomes(hub) == [("not_sent", "plugin_hung")]
    assert not row(hub).begun
    assert row(hub).worker is None  # its lease is not renewed any more
    assert value(hub, "SELECT window_size FROM destination") < 5  # the destination is leaned on less
    assert faults(hub) == ()


def test_a_deliver_that_hangs_is_uncertain_and_the_next_paper_gets_the_slot(
    opened: Callable[..., Hub], hang: Hang
) -> None:
    hub = opened(slots=1)
    far = _impatient(hub)
    far.on_deliver = _first(hang, taken)
    add_place(hub, on_uncertain="ask")
    take_in(hub, "F1", "F2")
    deliver(hub)
    assert states(hub) == ["uncertain", "delivered"]
    assert outcomes(hub) == [HUNG]
    assert (row(hub).begun, row(hub).worker, row(hub).due_at) == (True, None, None)
    assert faults(hub) == ()


def test_what_is_said_of_it_names_the_plugin_the_hook_and_the_time(hub: Hub) -> None:
    hang = Asleep()
    far = _impatient(hub)
    far.on_deliver = _first(hang, taken)
    add_place(hub, on_uncertain="ask")
    take_in(hub, "F1")
    deliver(hub)
    hang.release()
    assert "plugin far: deliver did not come back within 0.2 s" in why(hub, 1).cause


def test_a_trace_that_hangs_changes_nothing_but_the_time_of_the_next_one(hub: Hub) -> None:
    hang = Asleep()
    far = _impatient(hub, can_trace=True)
    far.on_deliver = _first(hang, taken)
    far.on_trace = _first(hang, taken)
    add_place(hub)
    take_in(hub, "F1")
    deliver(hub)
    deliver(hub)
    assert outcomes(hub) == [HUNG, HUNG]
    assert (states(hub), row(hub).begun, len(far.sent)) == (["uncertain"], True, 1)
    assert row(hub).due_at is not None
    hang.release()
    let_time_pass(hub)
    deliver(hub, Until.ONCE)
    assert (states(hub), len(far.sent)) == (["delivered"], 1)


def test_a_late_receipt_is_proof(hub: Hub) -> None:
    hang = Asleep()
    far = _impatient(hub)
    far.on_deliver = _first(hang, taken)
    add_place(hub, on_uncertain="ask")
    take_in(hub, "F1")
    with delivering(hub):
        eventually(lambda: states(hub) == ["uncertain"])
        hang.release()
        eventually(lambda: states(hub) == ["delivered"])
    assert outcomes(hub) == [HUNG, ("delivered", "")]
    assert faults(hub) == ()


def test_a_late_refusal_is_evidence_and_moves_nothing(hub: Hub) -> None:
    hang = Asleep()
    far = _impatient(hub)

    def refused(sent: Sent) -> Receipt:
        hang()
        raise Rejected([Problem("BR-01", "wrong")])

    far.on_deliver = refused
    add_place(hub, on_uncertain="ask")
    take_in(hub, "F1")
    with delivering(hub):
        eventually(lambda: states(hub) == ["uncertain"])
        hang.release()
        eventually(lambda: value(hub, "SELECT count(*) FROM audit WHERE action = 'delivery.late'") == 1)
    assert (states(hub), outcomes(hub)) == (["uncertain"], [HUNG])


def test_what_was_prepared_too_late_is_not_sent(hub: Hub) -> None:
    hang = Asleep()
    far = _impatient(hub)
    far.on_prepare = _first(hang, far.on_prepare)
    add_place(hub)
    take_in(hub, "F1")
    pump = _started(hub)
    turn_until(pump, lambda: outcomes(hub) == [("not_sent", "plugin_hung")])
    assert pump.slots.lost() == 1
    hang.release()
    turn_until(pump, lambda: pump.slots.lost() == 0)
    pump.drain(lambda: 1.0)
    assert (far.sent, row(hub).begun) == ([], False)


def test_the_wait_for_the_mark_is_not_the_plugins_time(hub: Hub) -> None:
    far = _impatient(hub)
    add_place(hub)
    take_in(hub, "F1")
    pump = _started(hub)
    turn_until(pump, lambda: far.prepared)
    threading.Event().wait(2 * SHORT)  # nobody marks meanwhile: the pump stands still
    turn_until(pump, lambda: states(hub) == ["delivered"])
    pump.drain(lambda: 1.0)
    assert outcomes(hub) == [("delivered", "")]


def test_a_process_that_stops_settles_what_hangs_as_what_it_is(hub: Hub) -> None:
    hang = Asleep()
    far = _impatient(hub)
    far.on_deliver = _first(hang, taken)
    add_place(hub, on_uncertain="ask")
    take_in(hub, "F1")
    pump = _started(hub)
    turn_until(pump, lambda: far.sent)
    pump.drain(lambda: PATIENCE)
    hang.release()
    assert outcomes(hub) == [HUNG]


def _started(hub: Hub) -> Pump:
    pump = hub.pump()
    pump.start()
    return pump
