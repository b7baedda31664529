"""How a run ends: when it is over, what it says then, and what it leaves when it is told to stop."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from hub import Held, LoginNeeded, NotSent, Problem, Rejected, Uncertain
from hub.app import Hub, places
from hub.core.runner import Ended, Until
from tests.integration.far import PATIENCE, Far, Gate, Sent, first, raising, taken
from tests.integration.ledger import (
    add_place,
    change,
    clock,
    deliver,
    delivering,
    eventually,
    faults,
    outcomes,
    row,
    states,
    take_in,
)

ENDS = [Until.ONCE, Until.EMPTY]


@pytest.mark.parametrize("until", ENDS)
def test_a_run_with_nothing_to_do_is_done(hub: Hub, far: Far, until: Until) -> None:
    add_place(hub)
    assert deliver(hub, until) is Ended.DONE


@pytest.mark.parametrize("until", ENDS)
@pytest.mark.parametrize(
    "answer",
    [
        raising(Held("too_large", "9 MB")),
        raising(Rejected([Problem("BR-01", "wrong")])),
        raising(Uncertain("cut")),
        raising(LoginNeeded("expired")),
    ],
    ids=["held", "rejected", "uncertain", "blocked"],
)
def test_a_run_that_leaves_something_for_a_person_says_so(
    hub: Hub, far: Far, until: Until, answer: Callable[[Sent], object]
) -> None:
    add_place(hub, on_uncertain="ask")
    take_in(hub, "F1", "F2")
    far.on_deliver = lambda sent: answer(sent) if sent.id == 1 else taken(sent)
    assert deliver(hub, until) is Ended.WAITING


def test_a_rejected_paper_that_went_again_as_a_new_generation_needs_nobody(hub: Hub, far: Far) -> None:
    add_place(hub)
    take_in(hub, "F1")
    far.on_deliver = first(Rejected([Problem("BR-01", "wrong")]))
    deliver(hub)
    change(hub, "INSERT INTO delivery (company_id, destination_id, document_id, subject, key, generation, state, "
                "created_at, changed_at) SELECT company_id, destination_id, document_id, subject, 'k2', 2, "
                "'delivered', 1, 1 FROM delivery")  # fmt: skip
    assert deliver(hub) is Ended.DONE


def test_a_run_once_takes_what_is_due_at_its_start_and_leaves_what_comes_later(hub: Hub, far: Far) -> None:
    add_place(hub)
    take_in(hub, "F1")

    def another(sent: Sent) -> object:
        if sent.id == 1:
            take_in(hub, "F2")
        return taken(sent)

    far.on_deliver = another
    assert deliver(hub, Until.ONCE) is Ended.DONE
    assert states(hub) == ["delivered", "queued"]


def test_a_run_once_does_not_wait_for_what_is_to_be_tried_again(hub: Hub, far: Far) -> None:
    add_place(hub)
    take_in(hub, "F1")
    far.on_deliver = raising(NotSent("connect"))
    assert deliver(hub, Until.ONCE) is Ended.DONE
    assert (len(far.sent), states(hub)) == (1, ["queued"])


@pytest.mark.parametrize("shut", ["paused", "blocked", "breaker"])
def test_a_run_once_says_so_when_what_waits_for_its_next_try_waits_at_a_shut_destination(
    hub: Hub, far: Far, shut: str
) -> None:
    add_place(hub)
    take_in(hub, "F1", "F2")
    far.on_deliver = lambda sent: raising(NotSent("connect", unwell=False))(sent) if sent.id == 1 else taken(sent)
    assert deliver(hub, Until.ONCE) is Ended.DONE
    opened_at, state = (clock(hub), "active") if shut == "breaker" else (None, shut)
    change(hub, "UPDATE destination SET state = :state, opened_at = :at", state=state, at=opened_at)
    assert deliver(hub, Until.ONCE) is Ended.WAITING


def test_five_failures_in_a_row_are_told_by_a_run_once(hub: Hub, far: Far) -> None:
    add_place(hub)
    take_in(hub, *(f"F{n}" for n in range(6)))
    far.on_deliver = raising(NotSent("connect"))
    assert deliver(hub, Until.ONCE) is Ended.WAITING  # the breaker is open: `hub status` calls it blocked


def test_a_run_once_neither_waits_for_nor_tells_of_what_another_worker_has_out(hub: Hub, far: Far) -> None:
    add_place(hub)
    take_in(hub, "F1")
    change(hub, "UPDATE outbox SET worker = 'other', begun = true, due_at = :soon", soon=clock(hub) + 60_000)
    assert (deliver(hub, Until.ONCE), states(hub)) == (Ended.DONE, ["sending"])


def test_a_run_until_empty_waits_for_what_is_to_be_tried_again(hub: Hub, far: Far) -> None:
    add_place(hub)
    take_in(hub, "F1")
    far.on_deliver = first(NotSent("connect", retry_after=1.0))
    started = time.monotonic()
    assert deliver(hub, Until.EMPTY) is Ended.DONE
    assert (len(far.sent), time.monotonic() - started >= 1.0) == (2, True)


def test_a_run_until_empty_gives_up_at_its_time_limit(hub: Hub, far: Far) -> None:
    add_place(hub)
    take_in(hub, "F1")
    far.on_deliver = raising(NotSent("connect"))
    ended = hub.run(Until.EMPTY, timeout=0.3, only=(), told=threading.Event())
    assert ended is Ended.TIMED_OUT


def test_a_run_until_empty_does_not_wait_for_a_paused_destination(hub: Hub, far: Far) -> None:
    add_place(hub)
    take_in(hub, "F1")
    places.pause(hub, "far")
    assert deliver(hub, Until.EMPTY) is Ended.WAITING


def test_a_run_until_empty_waits_for_what_another_worker_has_out(hub: Hub, far: Far) -> None:
    add_place(hub)
    take_in(hub, "F1")
    change(hub, "UPDATE outbox SET worker = 'other', due_at = :soon", soon=clock(hub) + 1_000)
    assert deliver(hub, Until.EMPTY) is Ended.DONE
    assert outcomes(hub) == [("lost", "lost_before_mark"), ("delivered", "")]


@pytest.mark.parametrize("until", ENDS)
def test_a_run_for_one_destination_neither_delivers_nor_waits_elsewhere(hub: Hub, far: Far, until: Until) -> None:
    add_place(hub, "one")
    add_place(hub, "two")
    take_in(hub, "F1")
    assert deliver(hub, until, only=["two"]) is Ended.DONE
    assert states(hub) == ["queued", "delivered"]


def test_a_removed_destination_leaves_nothing_for_a_person(hub: Hub, far: Far) -> None:
    add_place(hub)
    take_in(hub, "F1")
    places.remove_destination(hub, "far")
    assert deliver(hub, Until.EMPTY) is Ended.DONE
    assert states(hub) == ["cancelled"]
    assert faults(hub) == ()


# -- told to stop --


def test_a_run_that_is_told_to_stop_finishes_what_is_out_and_hands_back_the_rest(opened: Callable[..., Hub]) -> None:
    hub = opened(slots=1)
    far = Far()
    hub.host.add("far", far)
    add_place(hub)
    take_in(hub, "F1", "F2")
    gate = far.on_deliver = Gate()
    with delivering(hub) as told:
        assert gate.arrived.wait(PATIENCE)
        told.set()
        eventually(lambda: row(hub, 2).worker is None)
        gate.opened.set()
    assert (states(hub), len(far.sent)) == (["delivered", "queued"], 1)
    assert (outcomes(hub, 2), row(hub, 2).tries) == ([], 0)


@pytest.mark.parametrize("rule", ["ask", "repeat"])
def test_what_does_not_finish_in_the_grace_stays_marked_and_is_never_taken_for_unsent(
    hub: Hub, far: Far, rule: str
) -> None:
    add_place(hub, on_uncertain=rule)
    take_in(hub, "F1")
    gate = far.on_deliver = Gate()
    pump = hub.pump()
    pump.start()
    while not gate.arrived.is_set():
        pump.turn()
    pump.drain(lambda: 0.1)
    gate.opened.set()
    assert (states(hub), row(hub).begun, row(hub).worker) == (["uncertain"], True, None)
    assert faults(hub) == ()


def test_what_was_only_prepared_when_the_grace_ended_is_handed_back_unmarked(hub: Hub, far: Far) -> None:
    add_place(hub)
    take_in(hub, "F1")
    reached, go_on = threading.Event(), threading.Event()

    def slow(document: object, delivery: object) -> object:
        reached.set()
        assert go_on.wait(PATIENCE)
        raise NotSent("late")

    far.on_prepare = slow  # type: ignore[assignment]
    pump = hub.pump()
    pump.start()
    while not reached.is_set():
        pump.turn()
    pump.drain(lambda: 0.1)
    go_on.set()
    assert (states(hub), row(hub).begun, row(hub).due_at <= clock(hub)) == (["queued"], False, True)


def test_the_threads_of_a_run_end_with_it(hub: Hub, far: Far) -> None:
    add_place(hub)
    take_in(hub, "F1")
    before = set(threading.enumerate())
    deliver(hub)
    eventually(lambda: set(threading.enumerate()) <= before)
