"""What a delivery did at a far side that needs several calls: durable at once, kept over tries, under the fence."""

from __future__ import annotations

from typing import Any

import pytest

from hub import Artifact, Delivery, NotSent, PluginInfo, Receipt, Role, Steps, Uncertain, hookimpl
from hub.app import Hub
from hub.core.store import outbox
from hub.errors import UsageError
from tests.integration.ledger import add_place, claim_as, deliver, let_leases_end, let_time_pass, row, states, take_in


class Booking:
    """A far side that takes two calls, an account and an entry; `ends` are raised after the first call."""

    def __init__(self, *, can_trace: bool) -> None:
        self.info = PluginInfo(title="Far", summary="Two calls", roles=(Role.BOOKING,), can_trace=can_trace)
        self.ends: list[BaseException] = []
        self.accounts = 0
        self.traced: list[str | None] = []

    @hookimpl
    def describe(self) -> PluginInfo:
        return self.info

    @hookimpl
    def prepare(self, document: Any) -> Artifact:
        return Artifact((document.original,))

    @hookimpl
    def deliver(self, delivery: Delivery) -> Receipt:
        if delivery.steps.get("account") is None:
            self.accounts += 1
            delivery.steps.record("account", f"a{self.accounts}")
        if self.ends:
            raise self.ends.pop(0)
        return Receipt(delivery.steps.get("account") or "")

    @hookimpl
    def trace(self, delivery: Delivery) -> Receipt:
        self.traced.append(delivery.steps.get("account"))
        return Receipt("found")


@pytest.fixture
def booking(request: pytest.FixtureRequest, hub: Hub) -> Booking:
    """The far side with one paper on its way."""
    far = Booking(can_trace=getattr(request, "param", False))
    hub.host.add("far", far)
    add_place(hub, approve="never")
    take_in(hub, "F1")
    return far


def test_the_next_try_goes_on_where_the_last_one_ended(hub: Hub, booking: Booking) -> None:
    booking.ends = [NotSent("later"), NotSent("later")]
    for _ in range(3):
        let_time_pass(hub)
        deliver(hub)
    assert (states(hub), booking.accounts) == (["delivered"], 1)


@pytest.mark.parametrize("booking", [True], indirect=True)
def test_a_trace_sees_what_was_done(hub: Hub, booking: Booking) -> None:
    booking.ends = [Uncertain("cut")]
    for _ in range(2):
        let_time_pass(hub)
        deliver(hub)
    assert (states(hub), booking.traced) == (["delivered"], ["a1"])


def test_a_step_is_in_the_database_when_record_returns(hub: Hub, booking: Booking) -> None:
    [claim] = claim_as(hub)
    with hub.db.write() as tx:
        assert outbox.keep_steps(tx, "w1", claim, {"account": "a1"})
    assert row(hub).steps == {"account": "a1"}


def test_who_lost_the_claim_records_nothing(hub: Hub, booking: Booking) -> None:
    [stale] = claim_as(hub)
    let_leases_end(hub)
    [new] = claim_as(hub, "w2")
    with hub.db.write() as tx:
        assert outbox.keep_steps(tx, "w2", new, {"account": "mine"})
        assert not outbox.keep_steps(tx, "w1", stale, {"account": "stale"})
    assert row(hub).steps == {"account": "mine"}


def test_a_step_that_could_not_be_kept_is_not_taken_for_done() -> None:
    def lost(_: object) -> None:
        raise NotSent("lease_lost")

    steps = Steps({}, lost)
    with pytest.raises(NotSent):
        steps.record("account", "a1")
    assert steps.get("account") is None


def test_steps_are_few_and_short() -> None:
    steps = Steps()
    with pytest.raises(UsageError):
        steps.record("account", "x" * 1001)
    for n in range(50):
        steps.record(str(n), "x")
    steps.record("0", "again")
    with pytest.raises(UsageError):
        steps.record("one more", "x")
