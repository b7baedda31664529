"""Settling: only where the fence is ours; what comes late is evidence, and a late receipt is proof."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from hub import Receipt
from hub.app import Hub
from hub.core.claim import Claim, Settlement
from hub.core.delivery import Outcome, State
from hub.core.store import deliveries, outbox
from hub.core.store.settle import settle
from tests.integration.far import PATIENCE, Far
from tests.integration.ledger import (
    add_place,
    change,
    claim_as,
    faults,
    let_leases_end,
    outcomes,
    row,
    states,
    take_in,
    value,
)
from tests.integration.triggers import refuse_inserts


def write(hub: Hub, worker: str, *settlements: Settlement) -> None:
    """Settle these."""
    with hub.db.write() as tx:
        settle(tx, worker, settlements)


def delivered(claim: Claim, reference: str = "R") -> Settlement:
    """The far side took it."""
    return Settlement(
        claim=claim, outcome=Outcome.DELIVERED, state=State.DELIVERED, receipt=Receipt(reference), unwell=False
    )


def not_sent(claim: Claim, **fields: Any) -> Settlement:
    """Nothing left."""
    ended = Settlement(
        claim=claim, outcome=Outcome.NOT_SENT, state=State.QUEUED, code="connect", due_in=5_000, unwell=True
    )
    return replace(ended, **fields)


@pytest.fixture
def one(hub: Hub, far: Far) -> Hub:
    """A home with one paper on its way."""
    add_place(hub)
    take_in(hub, "F1")
    return hub


def test_a_settle_writes_row_delivery_attempt_and_audit_together(one: Hub) -> None:
    [mine] = claim_as(one)
    write(one, "w1", delivered(mine))
    assert value(one, "SELECT count(*) FROM outbox") == 0
    said = value(one, "SELECT detail FROM audit WHERE action = 'delivery.delivered'")
    assert (states(one), outcomes(one)) == (["delivered"], [("delivered", "")])
    assert mine.key in said


def test_an_outcome_without_its_audit_entry_is_not_written(one: Hub) -> None:
    [mine] = claim_as(one)
    refuse_inserts(one, "audit", "no audit")
    with pytest.raises(Exception, match="no audit"):
        write(one, "w1", delivered(mine))
    assert (states(one), outcomes(one)) == (["sending"], [])


@pytest.mark.parametrize("late", [not_sent, lambda claim: replace(not_sent(claim), state=State.REJECTED)])
def test_a_worker_that_lost_its_lease_settles_nothing_and_leaves_evidence(one: Hub, late: Any) -> None:
    [stale] = claim_as(one, "w1")
    let_leases_end(one)
    [fresh] = claim_as(one, "w2")
    write(one, "w1", late(stale))
    assert (row(one).worker, row(one).fence, states(one)) == ("w2", fresh.fence, ["sending"])
    assert outcomes(one) == [("lost", "lost_before_mark")]
    assert value(one, "SELECT count(*) FROM audit WHERE action = 'delivery.late'") == 1


def test_a_late_receipt_delivers_what_still_waits_and_the_new_holder_may_not_send(one: Hub) -> None:
    [stale] = claim_as(one, "w1")
    let_leases_end(one)
    [fresh] = claim_as(one, "w2")
    write(one, "w1", delivered(stale, "late"))
    assert (states(one), row(one).receipt["reference"]) == (["delivered"], "late")
    with one.db.write() as tx:
        assert outbox.mark(tx, "w2", [(fresh, [])]) == set()
    write(one, "w2", not_sent(fresh))
    assert (states(one), outcomes(one)) == (["delivered"], [("lost", "lost_before_mark"), ("delivered", "")])
    assert faults(one) == ()


def test_a_second_receipt_changes_nothing(one: Hub) -> None:
    [stale] = claim_as(one, "w1")
    let_leases_end(one)
    [fresh] = claim_as(one, "w2")
    write(one, "w2", delivered(fresh, "first"))
    write(one, "w1", delivered(stale, "second"))
    assert row(one).receipt["reference"] == "first"


@pytest.mark.parametrize("late", [not_sent, delivered])
def test_what_a_person_cancelled_stays_cancelled(one: Hub, late: Any) -> None:
    [stale] = claim_as(one, "w1")
    let_leases_end(one)
    with one.db.write() as tx:
        deliveries.finish_by_hand(tx, deliveries.with_row(tx.conn, 1), State.CANCELLED)
    write(one, "w1", late(stale))
    assert states(one) == ["cancelled"]


def test_a_worker_that_handed_its_claim_back_settles_nothing(one: Hub) -> None:
    [mine] = claim_as(one, "w1")
    with one.db.write() as tx:
        outbox.hand_back(tx, "w1", [mine])
    write(one, "w1", not_sent(mine))
    assert (outcomes(one), row(one).tries) == ([], 0)


def test_an_old_and_a_new_claim_of_one_worker_in_one_batch_are_told_apart(one: Hub) -> None:
    [stale] = claim_as(one, "w1")
    let_leases_end(one)
    [fresh] = claim_as(one, "w1")
    write(one, "w1", not_sent(stale), delivered(fresh))
    assert (states(one), outcomes(one)) == (["delivered"], [("lost", "lost_before_mark"), ("delivered", "")])


def test_an_old_and_a_new_claim_of_one_worker_are_not_both_marked(one: Hub) -> None:
    [stale] = claim_as(one, "w1")
    let_leases_end(one)
    [fresh] = claim_as(one, "w1")
    with one.db.write() as tx:
        assert outbox.mark(tx, "w1", [(stale, []), (fresh, []), (stale, [])]) == {fresh.lease}


def test_a_settled_row_has_forgotten_its_crashes(one: Hub) -> None:
    claim_as(one, "w1")
    let_leases_end(one)
    claim_as(one, "w2")
    let_leases_end(one)
    [third] = claim_as(one, "w3")
    assert row(one).attempts == 2
    write(one, "w3", not_sent(third))
    assert value(one, "SELECT count(*) FROM outbox WHERE worker IS NULL AND crashes = 0 AND NOT alone") == 1


def test_a_success_widens_the_window_and_a_failure_halves_it(hub: Hub, far: Far) -> None:
    add_place(hub)
    take_in(hub, *(f"F{n}" for n in range(12)))
    write(hub, "w1", *map(delivered, claim_as(hub)))
    assert value(hub, "SELECT window_size FROM destination") == 6
    change(hub, "UPDATE destination SET next_due = 1")
    [mine, *_] = claim_as(hub)
    write(hub, "w1", not_sent(mine))
    assert value(hub, "SELECT window_size FROM destination") == 3


@pytest.mark.parametrize("ends", ["delivered", "not sent"])
def test_a_late_receipt_waits_for_whoever_writes_the_next_attempt_at_the_same_moment(
    one: Hub, opened: Callable[..., Hub], ends: str
) -> None:
    [late] = claim_as(one, "w1")
    let_leases_end(one)
    [claim] = claim_as(one, "w2")
    other = opened()
    belated = threading.Thread(target=write, args=(other, "w1", delivered(late)))
    with one.db.write() as tx:
        settle(tx, "w2", [delivered(claim) if ends == "delivered" else not_sent(claim)])
        belated.start()
        belated.join(0.3)  # it waits, for a row or for the file; were it through, it would have stumbled
        assert belated.is_alive()
    belated.join(PATIENCE)
    assert states(one) == ["delivered"]
    assert [outcome for outcome, _ in outcomes(one)] == (
        ["lost", "delivered"] if ends == "delivered" else ["lost", "not_sent", "delivered"]
    )
    assert faults(one) == ()
