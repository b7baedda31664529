"""Limits of a far side: calls a minute and a day, of one destination or of a connection, and its own word on them."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel

from hub import Artifact, Delivery, Limits, NotSent, hookimpl
from hub.app import Hub, cause
from hub.app.configure import Values
from hub.app.standing import status
from hub.core.backoff import DAY, MINUTE
from hub.core.runner import Ended, Until
from tests.integration.far import Far, taken
from tests.integration.ledger import (
    add_place,
    change,
    claim_as,
    clock,
    deliver,
    outcomes,
    row,
    states,
    take_in,
    value,
)


class Account(BaseModel):
    """A login that several destinations share."""

    user: str


class Counting(Far):
    """A far side with limits: it counts calls, and says what is left as its plugin passes it on."""

    def __init__(self, left: int = 1_000, resets_in: float = 3_600, **info: Any) -> None:
        super().__init__(**info)
        self.left, self.resets_in = left, resets_in
        self.calls = 2

    @hookimpl
    def deliver(self, prepared: Artifact, delivery: Delivery) -> Any:
        for _ in range(self.calls):
            delivery.meter.used()
            delivery.meter.seen("day", max(0, self.left - 1), self.resets_in)
            if self.left <= 0:
                raise NotSent("too_many", "429", retry_after=self.resets_in)
            self.left -= 1
        return super().deliver(prepared=prepared, delivery=delivery)


def known(hub: Hub, far: Far) -> Far:
    """The plugin `far`."""
    hub.host.add("far", far)
    return far


def wide(hub: Hub) -> None:
    """Nothing but the limit holds papers back."""
    change(hub, "UPDATE destination SET window_size = 64")


# -- the minute and the day --


def test_a_delivery_counts_for_the_calls_it_is_reckoned_to_take(hub: Hub) -> None:
    known(hub, Far(limits=Limits(per_minute=60, burst=12, calls=3)))
    add_place(hub)
    take_in(hub, *(f"F{n}" for n in range(9)))
    wide(hub)
    assert [len(claim_as(hub, worker)) for worker in ("w1", "w2")] == [4, 0]


def test_a_days_calls_are_shared_by_all_workers_and_then_papers_wait_for_the_next_day(hub: Hub) -> None:
    known(hub, Far(limits=Limits(per_day=5, calls=2)))
    add_place(hub)
    take_in(hub, *(f"F{n}" for n in range(4)))
    assert [len(claim_as(hub, worker)) for worker in ("w1", "w2", "w3")] == [2, 0, 0]
    end = value(hub, "SELECT day_ends_at FROM destination")
    assert (end % DAY, value(hub, "SELECT next_due FROM destination"), row(hub, 4).tries) == (0, end, 0)
    change(hub, "UPDATE destination SET day_ends_at = :now", now=clock(hub))
    assert len(claim_as(hub, "w1")) == 2


def test_why_and_status_say_that_the_limit_is_reached_and_until_when(hub: Hub) -> None:
    known(hub, Far(limits=Limits(per_day=1)))
    add_place(hub)
    take_in(hub, "F1", "F2")
    claim_as(hub)
    claim_as(hub)
    said = cause.why(hub, 2)
    assert "limit of calls" in said.cause
    assert (said.turn, said.next_attempt_at is not None) == ("remote", True)
    [place] = status(hub)["destinations"]
    assert (place["state"], place["reason"], place["turn"]) == ("active", "limit", "remote")


def test_a_limit_that_is_over_is_no_longer_told(hub: Hub) -> None:
    known(hub, Far(limits=Limits(per_day=1)))
    add_place(hub)
    take_in(hub, "F1", "F2")
    change(hub, "UPDATE destination SET limited_until = 5")
    [place] = status(hub)["destinations"]
    assert (place["reason"], place["turn"]) == ("", None)


# -- the far side's own word --


def test_what_the_far_side_says_wins_over_what_was_counted(hub: Hub) -> None:
    known(hub, Counting(left=4, limits=Limits(per_day=5_000, calls=2)))
    add_place(hub)
    take_in(hub, "F1")
    deliver(hub, Until.EMPTY)
    assert value(hub, "SELECT day_left FROM destination") == 2
    ends = value(hub, "SELECT day_ends_at FROM destination")
    assert abs(ends - clock(hub) - 60 * MINUTE) < MINUTE


def test_a_day_that_is_used_up_burns_no_try_and_trips_no_breaker(hub: Hub) -> None:
    far = Counting(left=0, limits=Limits(per_day=5_000, calls=2))
    known(hub, far)
    add_place(hub)
    take_in(hub, *(f"F{n}" for n in range(9)))
    deliver(hub)
    assert value(hub, "SELECT max(tries) FROM outbox") == 0
    assert value(hub, "SELECT fails_in_row FROM destination") == 0
    assert value(hub, "SELECT count(*) FROM attempt") <= 5, "no more than were under way when the first was told"
    assert set(states(hub)) == {"queued"}
    assert claim_as(hub) == []
    assert outcomes(hub)[0] == ("not_sent", "too_many")


def test_papers_go_on_when_the_far_sides_limit_starts_anew(hub: Hub) -> None:
    far = Counting(left=0, resets_in=0.3, limits=Limits(per_day=5_000))
    known(hub, far)
    add_place(hub)
    take_in(hub, "F1")
    far.calls = 1
    assert deliver(hub) is not Ended.TIMED_OUT
    far.left = 1_000
    assert deliver(hub, Until.EMPTY) is Ended.DONE
    assert (states(hub), row(hub).tries) == (["delivered"], 1)


def test_a_refusal_without_a_word_on_limits_burns_a_try(hub: Hub, far: Far) -> None:
    add_place(hub)
    take_in(hub, "F1")
    far.on_deliver = lambda _: (_ for _ in ()).throw(NotSent("busy", retry_after=3_600))
    deliver(hub)
    assert row(hub).tries == 1


# -- of a connection --


def shared(hub: Hub, **limits: Any) -> None:
    """Two destinations on one connection that share their limits, and one on another."""
    known(hub, Far(connection=Account, limits=Limits(shared=True, **limits)))
    add_place(hub, "one", values=Values({"user": "a"}))
    add_place(hub, "two", connection="one")
    add_place(hub, "other", values=Values({"user": "b"}))
    wide(hub)


def claimed(hub: Hub, *workers: str, budget: int = 50) -> list[dict[int, int]]:
    """How many each worker got, by destination."""
    found: list[dict[int, int]] = []
    for worker in workers:
        counts: dict[int, int] = {}
        for one in claim_as(hub, worker, budget):
            counts[one.destination_id] = counts.get(one.destination_id, 0) + 1
        found.append(counts)
    return found


def test_destinations_on_a_connection_share_its_day(hub: Hub) -> None:
    shared(hub, per_day=6, in_flight=50)
    take_in(hub, *(f"F{n}" for n in range(5)))
    assert claimed(hub, "w1", "w2") == [{1: 5, 2: 1, 3: 5}, {}]
    assert value(hub, "SELECT day_left FROM connection WHERE name = 'one'") == 0
    assert value(hub, "SELECT limited_until FROM destination WHERE name = 'two'") > clock(hub)


def test_destinations_on_a_connection_share_its_minute(hub: Hub) -> None:
    shared(hub, per_minute=60, burst=7, in_flight=50)
    take_in(hub, *(f"F{n}" for n in range(5)))
    assert claimed(hub, "w1", "w2") == [{1: 5, 2: 2, 3: 5}, {}]


def test_destinations_on_a_connection_share_how_many_may_be_under_way(hub: Hub) -> None:
    shared(hub, in_flight=4)
    take_in(hub, *(f"F{n}" for n in range(3)))
    assert claimed(hub, "w1", "w2") == [{1: 3, 2: 1, 3: 3}, {}]


def test_what_one_destination_hears_counts_for_all_on_its_connection(hub: Hub) -> None:
    known(hub, Counting(left=0, connection=Account, limits=Limits(shared=True, per_day=5_000)))
    add_place(hub, "one", values=Values({"user": "a"}))
    add_place(hub, "two", connection="one")
    take_in(hub, "F1")
    deliver(hub, only=["one"])
    assert value(hub, "SELECT closed_until FROM connection") > clock(hub)
    assert claim_as(hub) == []
    assert "limit of calls at two" in cause.why(hub, 2).cause


@pytest.mark.parametrize("limits", [Limits(), Limits(per_minute=600, burst=30)])
def test_a_plugin_that_counts_nothing_is_not_held_back(hub: Hub, limits: Limits) -> None:
    far = known(hub, Far(limits=limits))
    far.on_deliver = taken
    add_place(hub)
    take_in(hub, *(f"F{n}" for n in range(12)))
    assert deliver(hub, Until.EMPTY) is Ended.DONE
