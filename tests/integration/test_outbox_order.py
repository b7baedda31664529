"""What goes before what: lanes of ordered destinations, credit notes behind their invoice, and who goes first."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hub import Held, NotSent, Problem, Receipt, Rejected
from hub.app import Hub, cause
from hub.app.mend import Mend
from hub.core import acts, dispatch
from hub.core.backoff import DAY
from hub.core.claim import Settlement
from hub.core.delivery import Outcome, Priority, Role, State
from hub.core.dispatch import Order
from hub.core.document import Incoming
from hub.core.runner import Ended, Until
from hub.core.store import companies, deliveries
from hub.core.store.engine import Tx
from hub.core.store.settle import settle
from hub.testing.samples import credit_note, invoice
from tests.integration.far import Far, first, raising, taken
from tests.integration.ledger import (
    add_place,
    change,
    claim_as,
    clock,
    deliver,
    let_leases_end,
    let_time_pass,
    row,
    states,
    take_in,
    value,
)

REJECTED = Rejected([Problem("wrong", "it is wrong")])


def ordered(hub: Hub) -> Far:
    """A destination that takes papers one at a time."""
    far = Far(ordered=True)
    hub.host.add("far", far)
    add_place(hub)
    return far


def books(hub: Hub) -> Far:
    """A destination where papers are booked, without approval, and that can be asked what it has."""
    far = Far(can_trace=True)
    hub.host.add("far", far)
    add_place(hub, role=Role.BOOKING, approve="never")
    return far


def accept(hub: Hub, *papers: bytes) -> None:
    """Take these papers in, each for itself."""
    for data in papers:
        [arrived] = hub.intake.accept([Incoming(name="a.xml", data=data)])
        assert arrived.result == "accepted", arrived


def act(hub: Hub, deed: Callable[[Tx, int], None], one: int) -> None:
    """One act of a person."""
    with hub.db.write() as tx:
        deed(tx, one)


# -- lanes --


def test_an_ordered_destination_has_one_in_flight_and_it_is_the_oldest(hub: Hub) -> None:
    ordered(hub)
    take_in(hub, "F1", "F2", "F3")
    assert [one.id for one in claim_as(hub)] == [1]
    assert claim_as(hub, "w2") == []


def test_an_ordered_destination_gets_its_papers_in_the_order_they_were_queued(hub: Hub) -> None:
    far = ordered(hub)
    take_in(hub, *(f"F{n}" for n in range(9, 0, -1)))
    assert deliver(hub, Until.EMPTY) is Ended.DONE
    assert [sent.id for sent in far.sent] == list(range(1, 10))


def test_a_try_that_fails_keeps_its_place_in_the_lane(hub: Hub) -> None:
    far = ordered(hub)
    far.on_deliver = first(NotSent("busy"))
    take_in(hub, "F1", "F2")
    deliver(hub)
    let_time_pass(hub)
    assert claim_as(hub)[0].id == 1


def test_a_held_head_keeps_its_lane_and_why_says_so(hub: Hub) -> None:
    far = ordered(hub)
    take_in(hub, "F1", "F2", "F3")
    far.on_deliver = raising(Held("too_large", "9 MB"))
    assert deliver(hub, Until.EMPTY) is Ended.WAITING
    assert (len(far.sent), states(hub)) == (1, ["held", "queued", "queued"])
    assert value(hub, "SELECT max(tries) FROM outbox WHERE id > 1") == 0
    said = cause.why(hub, 2)
    assert "waits for F1 before it (delivery 1, held)" in said.cause
    assert (said.turn, said.mend, said.command) == ("you", Mend.FIRST, "hub outbox why 1")
    far.on_deliver = taken
    act(hub, acts.retry, 1)
    assert deliver(hub, Until.EMPTY) is Ended.DONE
    assert [sent.id for sent in far.sent[1:]] == [1, 2, 3]


def test_a_rejected_head_lets_its_lane_go_on(hub: Hub) -> None:
    far = ordered(hub)
    take_in(hub, "F1", "F2")
    far.on_deliver = first(REJECTED)
    deliver(hub, Until.EMPTY)
    assert states(hub) == ["rejected", "delivered"]


def test_a_cancelled_paper_lets_the_next_wait_for_the_one_before_it(hub: Hub) -> None:
    ordered(hub)
    take_in(hub, "F1", "F2", "F3")
    act(hub, acts.cancel, 2)
    assert (row(hub, 3).waits_for, row(hub, 3).due_at) == (1, None)
    act(hub, acts.cancel, 1)
    assert (row(hub, 3).waits_for, claim_as(hub)[0].id) == (None, 3)


def test_a_person_cannot_push_a_paper_past_its_lane(hub: Hub) -> None:
    ordered(hub)
    take_in(hub, "F1", "F2")
    act(hub, acts.retry, 2)
    assert [one.id for one in claim_as(hub)] == [1]


def test_a_held_document_in_the_middle_of_a_lane_keeps_back_those_behind_it(hub: Hub) -> None:
    far = ordered(hub)
    take_in(hub, "F1", "F2", "F3")
    act(hub, acts.hold_document, 2)
    assert deliver(hub, Until.EMPTY) is Ended.WAITING
    assert [sent.id for sent in far.sent] == [1]
    act(hub, acts.release_document, 2)
    assert deliver(hub, Until.EMPTY) is Ended.DONE
    assert [sent.id for sent in far.sent] == [1, 2, 3]


def test_a_head_that_was_lost_is_taken_up_again_before_the_next(hub: Hub) -> None:
    ordered(hub)
    take_in(hub, "F1", "F2")
    claim_as(hub, "w1")
    let_leases_end(hub)
    assert [(one.id, one.lost) for one in claim_as(hub, "w2")] == [(1, True)]
    assert claim_as(hub, "w3") == []


def test_a_late_word_that_the_head_arrived_lets_the_next_go(hub: Hub) -> None:
    ordered(hub)
    take_in(hub, "F1", "F2")
    [stale] = claim_as(hub, "w1")
    let_leases_end(hub)
    claim_as(hub, "w2")
    late = Settlement(claim=stale, outcome=Outcome.DELIVERED, state=State.DELIVERED, receipt=Receipt("r"))
    with hub.db.write() as tx:
        settle(tx, "w1", [late])
    assert [one.id for one in claim_as(hub, "w3")] == [2]


# -- credit notes --


def test_a_credit_note_waits_for_its_invoice_and_burns_no_try(hub: Hub) -> None:
    books(hub)
    accept(hub, invoice(number="F1"), credit_note(number="C1", credited="F1"), invoice(number="F2"))
    now = clock(hub)
    assert [one.id for one in claim_as(hub)] == [1, 3]
    waiting = row(hub, 2)
    assert (waiting.waits_for, waiting.tries) == (1, 0)
    assert 6 * DAY < waiting.due_at - now <= 7 * DAY + 1_000
    said = cause.why(hub, 2)
    assert "waits for F1 before it (delivery 1, sending)" in said.cause
    assert "a week at most" in said.cause


@pytest.mark.parametrize("end", ["delivered", "rejected", "cancelled"])
def test_a_credit_note_goes_when_its_invoice_is_through(hub: Hub, end: str) -> None:
    far = books(hub)
    accept(hub, invoice(number="F1"), credit_note(number="C1", credited="F1"))
    if end == "cancelled":
        act(hub, acts.cancel, 1)
    elif end == "rejected":
        far.on_deliver = first(REJECTED)
    deliver(hub, Until.EMPTY)
    assert states(hub) == [end, "delivered"]
    assert [sent.id for sent in far.sent][-1] == 2


def test_a_run_until_empty_does_not_wait_a_week_for_a_held_invoice(hub: Hub) -> None:
    far = books(hub)
    far.on_deliver = raising(Held("period_closed", "open it"))
    accept(hub, invoice(number="F1"), credit_note(number="C1", credited="F1"))
    assert deliver(hub, Until.EMPTY) is Ended.WAITING
    assert (states(hub), len(far.sent)) == (["held", "queued"], 1)


def test_a_credit_note_goes_after_a_week_whatever_became_of_its_invoice(hub: Hub) -> None:
    far = books(hub)
    far.on_deliver = raising(Held("period_closed", "open it"))
    accept(hub, invoice(number="F1"), credit_note(number="C1", credited="F1"))
    deliver(hub)
    change(hub, "UPDATE outbox SET due_at = 1 WHERE id = 2")
    assert [one.id for one in claim_as(hub)] == [2]
    assert row(hub, 2).waits_for is None


def test_a_person_sends_a_credit_note_without_its_invoice(hub: Hub) -> None:
    books(hub)
    accept(hub, invoice(number="F1"), credit_note(number="C1", credited="F1"))
    act(hub, acts.retry, 2)
    assert 2 in [one.id for one in claim_as(hub)]


def test_a_credit_note_that_came_first_waits_too_when_nobody_has_begun_with_it(hub: Hub) -> None:
    books(hub)
    accept(hub, credit_note(number="C1", credited="F1"), invoice(number="F1"))
    assert [one.id for one in claim_as(hub)] == [2]
    assert row(hub, 1).waits_for == 2


def test_a_credit_note_under_way_is_not_called_back(hub: Hub) -> None:
    books(hub)
    accept(hub, credit_note(number="C1", credited="F1"))
    [claim] = claim_as(hub)
    accept(hub, invoice(number="F1"))
    assert (row(hub, 1).waits_for, row(hub, 1).fence) == (None, claim.fence)


def test_a_credit_note_waits_for_nothing_of_another_number_or_place(hub: Hub) -> None:
    books(hub)
    add_place(hub, "copy")
    accept(hub, invoice(number="F1"), credit_note(number="C1", credited="F9"), credit_note(number="C2", credited="F1"))
    copies = value(hub, "SELECT count(*) FROM outbox WHERE destination_id = 2 AND waits_for IS NULL")
    assert (copies, value(hub, "SELECT count(*) FROM outbox WHERE waits_for IS NOT NULL")) == (3, 1)


# -- who goes first --


def send_on(hub: Hub, *documents: int) -> list[int]:
    """`doc deliver` of these papers; returns the new deliveries."""
    with hub.db.read() as conn:
        planned = dispatch.plan(conn, hub.blobs, documents, Order(again=True))
    with hub.db.write() as tx:
        return dispatch.carry_out(tx, companies.instance_id(tx.conn), planned)


def test_what_a_person_sends_goes_before_what_came_by_itself(hub: Hub, far: Far) -> None:
    add_place(hub)
    take_in(hub, *(f"F{n}" for n in range(4)))
    act(hub, acts.cancel, 2)
    [sent] = send_on(hub, 2)
    act(hub, acts.retry, 3)
    assert [claim_as(hub, budget=1)[0].id for _ in range(3)] == [sent, 3, 1]


def test_many_papers_sent_at_once_let_new_ones_go_first(hub: Hub, far: Far) -> None:
    add_place(hub)
    many = take_in(hub, *(f"F{n}" for n in range(12)))
    for one in range(1, 13):
        act(hub, acts.cancel, one)
    filled = send_on(hub, *many)
    assert value(hub, "SELECT min(priority) FROM outbox") == Priority.BACK_FILLING
    take_in(hub, "NEW")
    assert claim_as(hub, budget=1)[0].id == filled[-1] + 1


def test_back_filling_has_every_fourth_look_so_that_it_never_starves(hub: Hub, far: Far) -> None:
    add_place(hub)
    take_in(hub, *(f"F{n}" for n in range(16)))
    change(hub, "UPDATE outbox SET priority = 2 WHERE id > 8")
    change(hub, "UPDATE destination SET window_size = 64")
    got = [claim_as(hub, budget=1)[0].id for _ in range(8)]
    assert [one > 8 for one in got] == [False, False, False, True] * 2


def test_a_claim_fills_up_with_lower_priorities(hub: Hub, far: Far) -> None:
    add_place(hub)
    take_in(hub, *(f"F{n}" for n in range(6)))
    change(hub, "UPDATE outbox SET priority = id % 3")
    change(hub, "UPDATE destination SET window_size = 64")
    assert len(claim_as(hub, budget=10)) == 6


def test_a_retry_of_a_paper_that_nobody_sends_keeps_its_key(hub: Hub, far: Far) -> None:
    add_place(hub)
    take_in(hub, "F1")
    before = row(hub).key
    act(hub, acts.retry, 1)
    with hub.db.read() as conn:
        assert deliveries.with_row(conn, 1).key == before
