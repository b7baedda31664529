"""What a person may do to deliveries and documents, in which state, and what it leaves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from hub import Held, NotSent, Problem, Rejected, Role, Uncertain
from hub.app import Hub
from hub.core import acts
from hub.core.document import Incoming
from hub.core.runner import Until
from hub.core.store.engine import Tx
from hub.errors import NotFoundError, TemporaryError, UsageError
from hub.testing.samples import invoice
from tests.integration.far import Far, first, raising
from tests.integration.ledger import (
    add_place,
    change,
    claim_as,
    clock,
    deliver,
    faults,
    let_leases_end,
    listed,
    outcomes,
    row,
    states,
    take_in,
    value,
)

Act = Callable[[Tx, int], None]
ARRIVED: Act = lambda tx, one: acts.resolve(tx, one, arrived=True)  # noqa: E731 - a column of the table below
RESEND: Act = lambda tx, one: acts.resolve(tx, one, arrived=False)  # noqa: E731 - the same
ACTS = {"retry": acts.retry, "cancel": acts.cancel, "approve": acts.approve, "arrived": ARRIVED, "resend": RESEND}


def do(hub: Hub, act: Act, one: int = 1) -> None:
    """One act in its own transaction."""
    with hub.db.write() as tx:
        act(tx, one)


def bring_to(hub: Hub, far: Far, state: str) -> None:
    """One delivery in this state."""
    answers = {
        "rejected": raising(Rejected([Problem("BR-01", "wrong")])),
        "held": raising(Held("too_large")),
        "uncertain": raising(Uncertain("cut")),
        "queued": raising(NotSent("connect")),
    }
    add_place(hub, on_uncertain="ask", approve="always" if state == "approval" else "")
    take_in(hub, "F1")
    if state == "sending":
        claim_as(hub, "w1")
        return
    far.on_deliver = answers.get(state, far.on_deliver)
    deliver(hub)
    if state == "cancelled":
        change(hub, "UPDATE delivery SET state = 'cancelled'")
        change(hub, "DELETE FROM outbox")


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize(
    ("state", "allowed"),
    [
        ("queued", {"retry", "cancel"}),
        ("held", {"retry", "cancel"}),
        ("approval", {"approve", "cancel"}),
        ("uncertain", {"arrived", "resend", "cancel"}),
        ("sending", set[str]()),
        ("delivered", set[str]()),
        ("rejected", set[str]()),
        ("cancelled", set[str]()),
    ],
)
def test_an_act_is_allowed_in_its_states_only(hub: Hub, far: Far, state: str, allowed: set[str], act: str) -> None:
    bring_to(hub, far, state)
    before = listed(hub)
    if act in allowed:
        do(hub, ACTS[act])
        assert listed(hub) != before
    else:
        with pytest.raises((UsageError, TemporaryError)) as refused:
            do(hub, ACTS[act])
        assert refused.value.action
        assert listed(hub) == before
    assert faults(hub) == ()


@pytest.mark.parametrize("act", ACTS.values(), ids=list(ACTS))
def test_an_act_on_a_delivery_that_there_is_not_says_so(hub: Hub, act: Act) -> None:
    with pytest.raises(NotFoundError):
        do(hub, act, 7)


def test_a_retry_is_due_now_with_the_same_key_and_bytes(hub: Hub, far: Far) -> None:
    add_place(hub)
    take_in(hub, "F1")
    far.on_deliver = first(NotSent("connect"))
    deliver(hub)
    do(hub, acts.retry)
    deliver(hub)
    assert (states(hub), len(far.prepared)) == (["delivered"], 1)
    assert len({(sent.key, sent.data) for sent in far.sent}) == 1


def test_a_retry_of_a_held_paper_that_never_left_is_prepared_anew_under_the_same_key(hub: Hub, far: Far) -> None:
    add_place(hub)
    take_in(hub, "F1")
    far.on_deliver = first(Held("totals_differ"))
    deliver(hub)
    do(hub, acts.retry)
    deliver(hub)
    assert (states(hub), len(far.prepared), len(set(far.prepared))) == (["delivered"], 2, 1)


def test_a_retry_of_a_held_paper_that_may_have_left_sends_the_same_bytes(hub: Hub, far: Far) -> None:
    add_place(hub, on_uncertain="ask")
    take_in(hub, "F1")
    far.on_deliver = first(Uncertain("cut"), Held("look"))
    deliver(hub)
    do(hub, RESEND)
    deliver(hub)
    do(hub, acts.retry)
    deliver(hub)
    assert (states(hub), len(far.sent), len(far.prepared)) == (["delivered"], 3, 1)


def test_what_a_person_says_arrived_is_delivered_by_that_persons_word(hub: Hub, far: Far) -> None:
    bring_to(hub, far, "uncertain")
    do(hub, ARRIVED)
    [one] = listed(hub)
    assert (one["state"], one["receipt"]["detail"]) == ("delivered", {"by": hub.db.actor})
    assert value(hub, "SELECT actor FROM audit WHERE action = 'delivery.resolved'") == hub.db.actor
    assert faults(hub) == ()


def test_a_worker_that_stalled_cannot_write_over_a_persons_word(hub: Hub, far: Far) -> None:
    add_place(hub)
    take_in(hub, "F1")
    [stale] = claim_as(hub, "w1")
    let_leases_end(hub)
    do(hub, acts.retry)
    assert row(hub).fence > stale.fence


def test_a_lease_that_ran_out_after_the_mark_is_shown_as_uncertain_and_a_person_may_decide(hub: Hub, far: Far) -> None:
    add_place(hub)
    take_in(hub, "F1")
    claim_as(hub, "w1")
    change(hub, "UPDATE outbox SET begun = true")
    let_leases_end(hub)
    assert states(hub) == ["uncertain"]
    do(hub, ARRIVED)
    assert states(hub) == ["delivered"]


def test_a_crashed_paper_that_may_have_arrived_is_not_simply_retried(hub: Hub, far: Far) -> None:
    add_place(hub)
    take_in(hub, "F1")
    change(hub, "UPDATE outbox SET begun = true, due_at = NULL")
    change(hub, "UPDATE delivery SET state = 'held', reason = 'crashed'")
    with pytest.raises(UsageError, match="uncertain"):
        do(hub, acts.retry)


# -- approval --


def approvals(hub: Hub) -> list[tuple[str, str]]:
    """State and reason of every delivery."""
    return [(one["state"], one["reason"]) for one in listed(hub)]


WAITS, GOES = ("held", "approval"), ("queued", "")


def test_the_first_papers_wait_until_so_many_were_approved_and_then_the_rest_goes(hub: Hub, far: Far) -> None:
    add_place(hub, approve="first:2")
    take_in(hub, "F1", "F2", "F3", "F4")
    assert approvals(hub) == [WAITS] * 4
    do(hub, acts.approve, 2)
    assert approvals(hub) == [WAITS, GOES, WAITS, WAITS]
    do(hub, acts.approve, 4)
    assert approvals(hub) == [GOES] * 4
    take_in(hub, "F5")
    assert approvals(hub)[-1] == GOES
    deliver(hub, Until.EMPTY)
    assert states(hub) == ["delivered"] * 5


def test_where_every_paper_is_approved_one_yes_frees_one(hub: Hub, far: Far) -> None:
    add_place(hub, approve="always")
    take_in(hub, "F1", "F2")
    do(hub, acts.approve, 1)
    assert approvals(hub) == [GOES, WAITS]


def test_a_booking_road_waits_for_ten_yeses_unless_told_otherwise(hub: Hub, far: Far) -> None:
    add_place(hub, role=Role.BOOKING)
    take_in(hub, "F1")
    assert approvals(hub) == [WAITS]
    assert value(hub, "SELECT approve FROM destination") == "first:10"


def test_nothing_is_sent_before_the_yes(hub: Hub, far: Far) -> None:
    add_place(hub, approve="always")
    take_in(hub, "F1")
    deliver(hub, Until.EMPTY)
    assert (far.prepared, far.sent) == ([], [])


# -- documents held --


def test_a_held_document_goes_nowhere_until_it_is_released(hub: Hub, far: Far) -> None:
    add_place(hub)
    take_in(hub, "F1")
    do(hub, acts.hold_document)
    deliver(hub, Until.EMPTY)
    assert (approvals(hub), far.sent) == ([("held", "document_held")], [])
    do(hub, acts.release_document)
    deliver(hub, Until.EMPTY)
    assert states(hub) == ["delivered"]


def test_a_held_document_does_not_go_because_its_delivery_or_another_is_approved(hub: Hub, far: Far) -> None:
    add_place(hub, approve="first:1")
    take_in(hub, "F1", "F2")
    do(hub, acts.hold_document, 1)
    with pytest.raises(UsageError):
        do(hub, acts.approve, 1)
    do(hub, acts.approve, 2)
    deliver(hub, Until.EMPTY)
    assert states(hub) == ["held", "delivered"]


def test_a_released_document_still_waits_for_approval_where_that_is_the_rule(hub: Hub, far: Far) -> None:
    add_place(hub, approve="always")
    take_in(hub, "F1")
    do(hub, acts.hold_document)
    do(hub, acts.release_document)
    assert approvals(hub) == [WAITS]


def test_a_conflict_goes_nowhere_until_a_person_released_it(hub: Hub, far: Far) -> None:
    add_place(hub)
    take_in(hub, "F1")
    [arrived] = hub.intake.accept([Incoming(name="b.xml", data=invoice(number="F1", note="changed"))])
    assert (arrived.result, approvals(hub)[-1]) == ("conflict", ("held", "conflict"))
    do(hub, acts.release_document, arrived.document_id or 0)
    assert approvals(hub)[-1] == GOES


def test_what_is_being_sent_when_the_document_is_held_is_not_stopped(hub: Hub, far: Far) -> None:
    add_place(hub)
    take_in(hub, "F1")
    claim_as(hub, "w1")
    do(hub, acts.hold_document)
    assert states(hub) == ["sending"]


@pytest.mark.parametrize("act", [acts.hold_document, acts.release_document])
def test_an_act_on_a_document_that_there_is_not_says_so(hub: Hub, act: Act) -> None:
    with pytest.raises(NotFoundError):
        do(hub, act, 7)


def test_a_document_that_is_not_held_cannot_be_released(hub: Hub, far: Far) -> None:
    take_in(hub, "F1")
    with pytest.raises(UsageError, match="not held"):
        do(hub, acts.release_document)


def test_every_act_is_in_the_log_with_who_did_it(hub: Hub, far: Far) -> None:
    bring_to(hub, far, "held")
    do(hub, acts.retry)
    do(hub, acts.cancel)
    with hub.db.read() as conn:
        said: list[Any] = list(conn.exec_driver_sql("SELECT action, actor FROM audit ORDER BY seq DESC LIMIT 2"))
    assert [tuple(one) for one in said] == [
        ("delivery.cancelled", hub.db.actor),
        ("delivery.retried", hub.db.actor),
    ]
    assert outcomes(hub) == [("held", "too_large")]
    assert clock(hub) > 0
