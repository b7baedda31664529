"""Claims: leases that end by themselves, the fence, what is lost and how often, and who may take how much."""

from __future__ import annotations

import pytest

from hub.app import Hub
from hub.core.claim import Claim
from hub.core.store import claiming, outbox
from hub.core.store.claiming import Ask
from tests.integration.far import Far
from tests.integration.ledger import (
    LEASE_MS,
    add_place,
    ask,
    change,
    claim_as,
    clock,
    let_leases_end,
    outcomes,
    row,
    states,
    take_in,
    value,
)

PARTS = [{"name": "a", "media_type": "text/plain", "size": 1, "sha256": "0" * 64}]


def mark(hub: Hub, worker: str, claims: list[Claim]) -> list[int]:
    """Which of these may be sent."""
    with hub.db.write() as tx:
        granted = outbox.mark(tx, worker, [(one, PARTS) for one in claims])
    return [one.id for one in claims if one.lease in granted]


def queue(hub: Hub, count: int) -> None:
    """So many papers for one destination."""
    add_place(hub)
    take_in(hub, *(f"F{n}" for n in range(count)))


def test_a_claim_leases_the_row_for_the_lease_and_raises_its_fence(hub: Hub, far: Far) -> None:
    queue(hub, 1)
    with hub.db.write() as tx:
        now = tx.clock()
        [got] = claiming.claim(tx, ask())
    found = row(hub)
    assert now + LEASE_MS <= found.due_at <= now + LEASE_MS + 1_000
    assert (got.fence, found.fence, found.worker, states(hub)) == (1, 1, "w1", ["sending"])


def test_a_row_that_is_leased_is_nobody_elses(hub: Hub, far: Far) -> None:
    queue(hub, 1)
    assert len(claim_as(hub, "w1")) == 1
    assert claim_as(hub, "w2") == []


@pytest.mark.parametrize("begun", [False, True])
def test_a_claim_never_touches_the_mark_and_tells_it(hub: Hub, far: Far, begun: bool) -> None:
    queue(hub, 1)
    change(hub, "UPDATE outbox SET begun = :begun", begun=begun)
    [got] = claim_as(hub)
    assert (got.begun, row(hub).begun) == (begun, begun)


def test_the_oldest_due_row_is_claimed_first(hub: Hub, far: Far) -> None:
    queue(hub, 3)
    change(hub, "UPDATE outbox SET due_at = 3000 - id")
    assert [one.id for one in claim_as(hub, budget=1)] == [3]


def test_what_is_not_due_yet_is_left_alone(hub: Hub, far: Far) -> None:
    queue(hub, 2)
    change(hub, "UPDATE outbox SET due_at = :later WHERE id = 1", later=clock(hub) + 60_000)
    assert [one.id for one in claim_as(hub)] == [2]


def test_a_run_for_what_is_due_now_leaves_what_comes_due_later(hub: Hub, far: Far) -> None:
    queue(hub, 2)
    change(hub, "UPDATE outbox SET due_at = 1000 * id")
    with hub.db.write() as tx:
        assert [one.id for one in claiming.claim(tx, Ask(worker="w1", budget=9, lease_ms=1, due_by=1_500))] == [1]


def test_only_the_destinations_asked_for_are_claimed_at(hub: Hub, far: Far) -> None:
    add_place(hub, "one")
    two = add_place(hub, "two")
    take_in(hub, "F1")
    with hub.db.write() as tx:
        got = claiming.claim(tx, Ask(worker="w1", budget=9, lease_ms=LEASE_MS, only=frozenset({two})))
    assert [one.destination_id for one in got] == [two]


def test_destinations_take_turns_so_that_a_full_one_does_not_starve_the_others(hub: Hub, far: Far) -> None:
    add_place(hub, "one")
    add_place(hub, "two")
    take_in(hub, *(f"F{n}" for n in range(20)))
    change(hub, "UPDATE destination SET window_size = 64, next_due = id")
    with hub.db.write() as tx:
        first = {one.destination_id for one in claiming.claim(tx, ask(budget=5))}
    with hub.db.write() as tx:
        second = {one.destination_id for one in claiming.claim(tx, ask(budget=5))}
    assert (first, second) == ({1}, {2})


@pytest.mark.parametrize("state", ["paused", "blocked"])
def test_nothing_is_claimed_at_a_destination_that_is_not_active(hub: Hub, far: Far, state: str) -> None:
    queue(hub, 1)
    change(hub, "UPDATE destination SET state = :state", state=state)
    assert claim_as(hub) == []


# -- the fence --


def test_a_worker_that_lost_its_lease_gets_no_mark(hub: Hub, far: Far) -> None:
    queue(hub, 1)
    stale = claim_as(hub, "w1")
    let_leases_end(hub)
    fresh = claim_as(hub, "w2")
    assert mark(hub, "w1", stale) == []
    assert mark(hub, "w2", fresh) == [1]


def test_a_worker_that_took_its_own_row_again_gets_no_mark_for_the_first_time(hub: Hub, far: Far) -> None:
    queue(hub, 1)
    stale = claim_as(hub, "w1")
    let_leases_end(hub)
    fresh = claim_as(hub, "w1")
    assert mark(hub, "w1", stale) == []
    assert mark(hub, "w1", [*fresh, *stale]) == [1]


def test_a_mark_needs_a_second_of_its_lease(hub: Hub, far: Far) -> None:
    queue(hub, 1)
    with hub.db.write() as tx:
        short = claiming.claim(tx, Ask(worker="w1", budget=1, lease_ms=900))
    assert mark(hub, "w1", short) == []
    assert not row(hub).begun


def test_a_mark_says_which_bytes_will_leave(hub: Hub, far: Far) -> None:
    queue(hub, 1)
    mark(hub, "w1", claim_as(hub))
    assert (row(hub).begun, row(hub).prepared) == (True, PARTS)


def test_a_renewal_extends_what_is_ours_and_says_what_is_not(hub: Hub, far: Far) -> None:
    queue(hub, 2)
    claims = claim_as(hub, "w1")
    change(hub, "UPDATE outbox SET worker = 'w2', fence = fence + 1 WHERE id = 2")
    change(hub, "UPDATE outbox SET due_at = 5")
    with hub.db.write() as tx:
        assert outbox.renew(tx, "w1", claims, LEASE_MS) == {1}
        assert row(hub, 2).due_at == 5
        now = tx.clock()
    assert row(hub, 1).due_at > now


def test_what_is_handed_back_is_due_at_once_and_keeps_its_mark(hub: Hub, far: Far) -> None:
    queue(hub, 2)
    claims = claim_as(hub, "w1")
    mark(hub, "w1", claims[:1])
    with hub.db.write() as tx:
        outbox.hand_back(tx, "w1", claims)
        now = tx.clock()
    rows = [row(hub, 1), row(hub, 2)]
    assert [(one.worker, one.begun, one.due_at <= now) for one in rows] == [(None, True, True), (None, False, True)]
    assert len(claim_as(hub, "w2")) == 2


def test_what_was_handed_back_gets_no_mark_any_more(hub: Hub, far: Far) -> None:
    queue(hub, 1)
    claims = claim_as(hub, "w1")
    with hub.db.write() as tx:
        outbox.hand_back(tx, "w1", claims)
    assert mark(hub, "w1", claims) == []
    assert not row(hub).begun


def test_a_row_that_somebody_else_took_is_not_handed_back(hub: Hub, far: Far) -> None:
    queue(hub, 1)
    stale = claim_as(hub, "w1")
    let_leases_end(hub)
    claim_as(hub, "w2")
    with hub.db.write() as tx:
        outbox.hand_back(tx, "w1", stale)
    assert row(hub).worker == "w2"


# -- what is lost --


@pytest.mark.parametrize(("begun", "code"), [(False, "lost_before_mark"), (True, "lost_after_mark")])
def test_a_lease_that_ran_out_is_an_attempt_that_was_lost_and_burns_no_try(
    hub: Hub, far: Far, begun: bool, code: str
) -> None:
    queue(hub, 1)
    first = claim_as(hub, "w1")
    if begun:
        mark(hub, "w1", first)
    let_leases_end(hub)
    [again] = claim_as(hub, "w2")
    assert outcomes(hub) == [("lost", code)]
    assert (again.lost, again.begun, again.tries, again.attempts) == (True, begun, 0, 1)


def test_what_was_lost_is_claimed_alone_and_the_others_after_it(hub: Hub, far: Far) -> None:
    queue(hub, 4)
    claim_as(hub, "w1", budget=2)
    let_leases_end(hub)
    assert [one.id for one in claim_as(hub, "w2")] == [1]
    assert [one.id for one in claim_as(hub, "w2")] == [3, 4]
    assert row(hub, 2).worker == "w1"


def test_a_paper_that_takes_its_worker_down_three_times_alone_is_held_as_crashed(hub: Hub, far: Far) -> None:
    queue(hub, 1)
    for worker in ("w1", "w2", "w3", "w4"):
        assert len(claim_as(hub, worker)) == 1
        let_leases_end(hub)
    assert claim_as(hub, "w5") == []
    assert (states(hub), row(hub).reason, row(hub).due_at) == (["held"], "crashed", None)
    assert outcomes(hub) == [("lost", "lost_before_mark")] * 4


def test_papers_that_were_only_near_a_crash_are_not_blamed_for_it(hub: Hub, far: Far) -> None:
    queue(hub, 2)
    for _ in range(5):
        claim_as(hub, "w1")
        change(hub, "UPDATE outbox SET due_at = 1, alone = false WHERE worker IS NOT NULL")
    assert states(hub) == ["queued", "queued"]


# -- how much may be taken --


def test_no_more_are_in_flight_than_the_window_over_all_workers(hub: Hub, far: Far) -> None:
    queue(hub, 12)
    assert [len(claim_as(hub, worker)) for worker in ("w1", "w2")] == [5, 0]
    change(hub, "UPDATE destination SET window_size = 7")
    assert len(claim_as(hub, "w2")) == 2


def test_an_open_breaker_lets_one_paper_through_when_its_time_has_come(hub: Hub, far: Far) -> None:
    queue(hub, 3)
    now = clock(hub)
    change(hub, "UPDATE destination SET window_size = 0, fails_in_row = 5, opened_at = :at", at=now - 59_000)
    assert claim_as(hub) == []
    change(hub, "UPDATE destination SET opened_at = :at", at=now - 61_000)
    assert [len(claim_as(hub, worker)) for worker in ("w1", "w2")] == [1, 0]


def test_a_rate_lets_through_what_there_are_tokens_for_and_says_when_to_look_again(hub: Hub, far: Far) -> None:
    queue(hub, 9)
    now = clock(hub)
    change(hub, "UPDATE destination SET rate = 60, burst = 3, tokens = 2, refilled_at = :now", now=now)
    assert len(claim_as(hub)) == 2
    next_due = value(hub, "SELECT next_due FROM destination")
    assert now + 900 <= next_due <= now + 2_000
    change(hub, "UPDATE destination SET refilled_at = :at", at=now - 3_600_000)
    assert len(claim_as(hub)) == 3


def test_a_destination_that_is_emptied_is_not_looked_at_again(hub: Hub, far: Far) -> None:
    queue(hub, 1)
    change(hub, "UPDATE outbox SET due_at = NULL")
    claim_as(hub)
    with hub.db.read() as conn:
        assert outbox.next_look(conn, None)[1] is None


def test_a_sweep_finds_a_destination_whose_rows_nobody_looks_at(hub: Hub, far: Far) -> None:
    queue(hub, 1)
    change(hub, "UPDATE destination SET next_due = NULL")
    with hub.db.write() as tx:
        outbox.sweep(tx)
        assert len(claiming.claim(tx, ask())) == 1


def test_a_full_destination_is_looked_at_again_within_a_second(hub: Hub, far: Far) -> None:
    queue(hub, 9)
    claim_as(hub)
    claim_as(hub)
    with hub.db.read() as conn:
        now, first = outbox.next_look(conn, None)
    assert first is not None
    assert 0 < first - now <= 1_000
