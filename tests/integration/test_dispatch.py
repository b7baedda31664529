"""Sending on by a person's word: what is planned, what is in the way, and new generations."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest

from hub import Kind, Role
from hub.app import Hub, places
from hub.core import acts, dispatch
from hub.core.dispatch import Order, Planned
from hub.core.runner import Until
from hub.core.store import companies, queueing
from hub.errors import NotFoundError
from tests.integration.far import Far
from tests.integration.ledger import add_place, claim_as, deliver, faults, listed, states, take_in


def plan(hub: Hub, ids: Sequence[int] = (1,), *, to: tuple[str, ...] = (), again: bool = False) -> list[Planned]:
    """What `doc deliver` would do."""
    with hub.db.read() as conn:
        return dispatch.plan(conn, hub.blobs, ids, Order(to=to, again=again))


def send_on(hub: Hub, ids: Sequence[int] = (1,), *, to: tuple[str, ...] = (), again: bool = False) -> list[int]:
    """What `doc deliver` does; returns the new deliveries."""
    planned = plan(hub, ids, to=to, again=again)
    with hub.db.write() as tx:
        return dispatch.carry_out(tx, companies.instance_id(tx.conn), planned)


def why(planned: Sequence[Planned]) -> list[tuple[str, str]]:
    """Each destination with what is in the way."""
    return [(one.rule.name, one.why_not) for one in planned]


def test_a_paper_goes_to_a_destination_that_was_added_later(hub: Hub, far: Far) -> None:
    take_in(hub, "F1")
    add_place(hub, "late")
    assert send_on(hub) == [1]
    deliver(hub, Until.EMPTY)
    assert states(hub) == ["delivered"]


def test_a_persons_word_passes_over_the_date_from_which_papers_go(hub: Hub, far: Far) -> None:
    add_place(hub, from_date=date(2099, 1, 1))
    take_in(hub, "F1")
    assert listed(hub) == []
    assert why(plan(hub)) == [("far", "")]


def test_a_plan_changes_nothing(hub: Hub, far: Far) -> None:
    take_in(hub, "F1")
    add_place(hub)
    plan(hub)
    assert listed(hub) == []


def test_a_paper_that_is_under_way_does_not_go_a_second_time(hub: Hub, far: Far) -> None:
    add_place(hub)
    take_in(hub, "F1")
    assert why(plan(hub)) == why(plan(hub, again=True)) == [("far", "live")]
    claim_as(hub, "w1")
    assert send_on(hub, again=True) == []


@pytest.mark.parametrize("state", ["delivered", "cancelled"])
def test_a_finished_paper_goes_again_only_when_a_person_says_again(hub: Hub, far: Far, state: str) -> None:
    add_place(hub)
    take_in(hub, "F1")
    if state == "cancelled":
        with hub.db.write() as tx:
            acts.cancel(tx, 1)
    else:
        deliver(hub, Until.EMPTY)
    [planned] = plan(hub)
    assert (planned.why_not, planned.needs_again) == (state, True)
    assert send_on(hub, again=True) == [2]


def test_a_new_generation_has_a_new_key_and_the_old_one_is_kept(hub: Hub, far: Far) -> None:
    add_place(hub)
    take_in(hub, "F1")
    deliver(hub, Until.EMPTY)
    send_on(hub, again=True)
    deliver(hub, Until.EMPTY)
    assert [(one["generation"], one["state"]) for one in listed(hub)] == [(1, "delivered"), (2, "delivered")]
    assert len({sent.key for sent in far.sent}) == 2
    assert faults(hub) == ()


def test_a_key_hangs_on_instance_destination_bytes_and_generation_alone(hub: Hub, far: Far) -> None:
    add_place(hub)
    take_in(hub, "F1")
    with hub.db.read() as conn:
        instance = companies.instance_id(conn)
        uid = conn.exec_driver_sql("SELECT uid FROM destination").scalar_one()
        sha256 = conn.exec_driver_sql("SELECT sha256 FROM document").scalar_one()
    assert listed(hub)[0]["key"] == queueing.key(instance, uid, sha256, 1)
    assert queueing.key(instance, uid, sha256, 2) != queueing.key(instance, uid, sha256, 1)


def test_a_destination_that_is_named_is_told_why_it_does_not_fit(hub: Hub, far: Far) -> None:
    take_in(hub, "F1")
    add_place(hub, "notes", kinds=(Kind.SALES_CREDIT_NOTE,))
    assert why(plan(hub)) == [("notes", "kind")]  # nothing fits, so each says why
    add_place(hub, "all")
    assert why(plan(hub)) == [("all", "")]
    assert why(plan(hub, to=("notes",))) == [("notes", "kind")]


def test_a_destination_or_document_that_there_is_not_is_said(hub: Hub, far: Far) -> None:
    with pytest.raises(NotFoundError, match="nowhere"):
        plan(hub, to=("nowhere",))
    with pytest.raises(NotFoundError, match="document 1"):
        plan(hub)


def test_of_two_booking_roads_the_second_is_told_who_books(hub: Hub, far: Far) -> None:
    add_place(hub, "first", role=Role.BOOKING, approve="never")
    take_in(hub, "F1")
    add_place(hub, "second", role=Role.BOOKING, approve="never")
    assert why(plan(hub, to=("second",))) == [("second", "booked_by:first")]
    deliver(hub, Until.EMPTY)
    assert why(plan(hub, to=("second",))) == [("second", "booked_by:first")]


def test_a_cancelled_booking_frees_the_road_for_another(hub: Hub, far: Far) -> None:
    add_place(hub, "first", role=Role.BOOKING)
    take_in(hub, "F1")
    add_place(hub, "second", role=Role.BOOKING)
    with hub.db.write() as tx:
        acts.cancel(tx, 1)
    assert why(plan(hub, to=("second",))) == [("second", "")]


def test_a_removed_booking_road_frees_the_papers_that_waited_there(hub: Hub, far: Far) -> None:
    add_place(hub, "first", role=Role.BOOKING)
    take_in(hub, "F1")
    places.remove_destination(hub, "first")
    add_place(hub, "second", role=Role.BOOKING)
    assert why(plan(hub)) == [("second", "")]


def test_a_copy_goes_beside_a_booking(hub: Hub, far: Far) -> None:
    add_place(hub, "books", role=Role.BOOKING)
    take_in(hub, "F1")
    add_place(hub, "eyes", role=Role.COPY)
    assert why(plan(hub, to=("eyes",))) == [("eyes", "")]


@pytest.mark.parametrize(("hold", "reason"), [(True, "document_held"), (False, "approval")])
def test_what_must_wait_is_queued_as_held_for_its_reason(hub: Hub, far: Far, hold: bool, reason: str) -> None:
    take_in(hub, "F1")
    add_place(hub, approve="never" if hold else "always")
    if hold:
        with hub.db.write() as tx:
            acts.hold_document(tx, 1)
    send_on(hub)
    assert [(one["state"], one["reason"]) for one in listed(hub)] == [("held", reason)]


def test_several_papers_go_in_one_order(hub: Hub, far: Far) -> None:
    ids = take_in(hub, "F1", "F2", "F3")
    add_place(hub)
    assert send_on(hub, ids) == [1, 2, 3]
