"""How many calls a far side still bears: the bucket of the minute, the count of the day, the far side's own word."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.core.backoff import DAY, HOUR, MINUTE, SECOND
from hub.core.budget import Budget, refill
from hub.core.meter import Meter, Seen, Usage

NOW = 1_800_000_000_000
MIDNIGHT = NOW // DAY * DAY + DAY


def bucket(**changes: float) -> Budget:
    """Sixty a minute, three at once."""
    return Budget(**{"rate": 60.0, "burst": 3.0, "tokens": 3.0, "refilled_at": NOW, **changes})  # type: ignore[arg-type]


# -- the minute --


def test_without_a_limit_there_is_always_room() -> None:
    free = Budget().refilled(NOW)
    assert free.room(1, NOW) > 1_000_000
    assert free.open_at(5, NOW) == NOW
    assert free.spent(3) == free


def test_tokens_come_with_time_up_to_the_burst() -> None:
    empty = bucket(tokens=0.0)
    assert [empty.refilled(NOW + wait).room(1, NOW) for wait in (0, SECOND, 2 * SECOND, DAY)] == [0, 1, 2, 3]


def test_a_clock_that_went_back_brings_no_tokens_and_takes_none() -> None:
    assert bucket(tokens=2.0).refilled(NOW - HOUR).tokens == 2.0


def test_the_first_look_starts_the_clock() -> None:
    assert Budget(rate=60.0).refilled(NOW) == Budget(rate=60.0, refilled_at=NOW)


def test_an_empty_bucket_says_when_there_is_enough_again() -> None:
    empty = bucket(tokens=0.5)
    when = empty.open_at(1, NOW)
    assert NOW + 500 <= when <= NOW + 510
    assert empty.refilled(when).room(1, when) == 1


def test_a_delivery_that_takes_several_calls_needs_room_for_all_of_them() -> None:
    assert [bucket(burst=9.0, tokens=left).room(3, NOW) for left in (2.0, 3.0, 8.0, 9.0)] == [0, 1, 2, 3]


def test_a_delivery_that_takes_more_calls_than_go_at_once_goes_when_the_bucket_is_full() -> None:
    full = bucket()
    assert (full.room(5, NOW), bucket(tokens=2.0).room(5, NOW)) == (1, 0)
    assert full.spent(5).open_at(5, NOW) >= NOW + 5 * SECOND


@given(
    per_minute=st.integers(1, 500),
    burst=st.integers(1, 600),
    steps=st.lists(st.tuples(st.integers(0, 90 * SECOND), st.integers(0, 200)), max_size=30),
)
def test_in_no_minute_more_leave_than_the_far_side_bears(
    per_minute: int, burst: int, steps: list[tuple[int, int]]
) -> None:
    filled = refill(per_minute, burst)
    budget = Budget(rate=filled.rate, burst=filled.burst, tokens=filled.burst, refilled_at=NOW)
    now, gone = NOW, list[tuple[int, int]]()
    for wait, wanted in steps:
        now += wait
        budget = budget.refilled(now)
        taken = min(wanted, budget.room(1, now))
        budget = budget.spent(taken)
        gone.append((now, taken))
        assert 0 <= budget.tokens <= filled.burst
        assert sum(count for at, count in gone if at > now - MINUTE) <= per_minute


# -- the day --


def test_a_day_ends_at_midnight_utc_until_the_far_side_says_otherwise() -> None:
    day = Budget(per_day=10).refilled(NOW)
    assert (day.day_left, day.day_ends_at) == (10, MIDNIGHT)
    used = day.spent(9)
    assert (used.room(1, NOW), used.room(2, NOW), used.open_at(2, NOW)) == (1, 0, MIDNIGHT)
    assert used.refilled(MIDNIGHT - 1).room(2, NOW) == 0
    assert used.refilled(MIDNIGHT).day_left == 10
    assert used.refilled(MIDNIGHT + 3 * DAY + 5).day_ends_at == MIDNIGHT + 4 * DAY


def test_a_day_that_the_far_side_ended_goes_on_ending_at_that_hour() -> None:
    day = Budget(per_day=10).refilled(NOW).told(told("day", 4, 2 * 3600), NOW, calls=1, spare=0)
    assert (day.day_left, day.day_ends_at) == (4, NOW + 2 * HOUR)
    assert day.refilled(NOW + 3 * HOUR).day_ends_at == NOW + 2 * HOUR + DAY


# -- what the far side says --


def told(scope: str, remaining: int, resets_in: float, calls: int | None = None) -> Usage:
    """One word of it."""
    return Usage(calls, (Seen(scope, remaining, resets_in),))  # type: ignore[arg-type]


@pytest.mark.parametrize(("remaining", "tokens"), [(1, 1.0), (50, 46.0), (4, 3.0)])
def test_the_far_sides_word_wins_less_what_is_still_under_way(remaining: int, tokens: float) -> None:
    heard = bucket().told(told("minute", remaining, 20), NOW, calls=1, spare=4)
    assert heard.tokens == tokens
    assert heard.refilled(NOW).tokens == tokens


@pytest.mark.parametrize("scope", ["minute", "day"])
def test_with_nothing_left_it_is_closed_until_it_starts_anew(scope: str) -> None:
    closed = Budget().told(told(scope, 0, 40), NOW, calls=1, spare=0)
    assert closed.room(1, NOW + 39_999) == 0
    assert closed.open_at(1, NOW) == NOW + 40 * SECOND
    assert closed.room(1, NOW + 40 * SECOND) > 0


def test_what_a_delivery_took_corrects_what_it_was_reckoned_to_take() -> None:
    spent = bucket(burst=30.0, tokens=20.0).spent(3)
    assert spent.told(Usage(5), NOW, calls=3, spare=0).tokens == 15.0
    assert spent.told(Usage(1), NOW, calls=3, spare=0).tokens == 19.0
    assert spent.told(Usage(), NOW, calls=3, spare=0).tokens == 17.0


def test_calls_given_back_make_no_day_longer_than_it_is() -> None:
    day = Budget(per_day=10).refilled(NOW)
    assert day.told(Usage(0), NOW, calls=3, spare=0).day_left == 10


# -- the meter --


def test_a_meter_adds_up_calls_and_keeps_the_last_word_of_each_scope() -> None:
    meter = Meter()
    assert (meter.told, meter.usage()) == (False, Usage())
    meter.used()
    meter.used(2)
    meter.seen("minute", 9, 30)
    meter.seen("minute", 0, 30)
    usage = meter.usage()
    assert (meter.told, usage.calls, [one.remaining for one in usage.seen], usage.exhausted) == (True, 3, [0], True)
    assert 29 < usage.seen[0].resets_in <= 30


@pytest.mark.parametrize("resets_in", [0, -5, float("nan")])
def test_a_word_about_a_time_that_is_over_says_nothing(resets_in: float) -> None:
    meter = Meter()
    meter.seen("day", 0, resets_in)
    assert meter.usage() == Usage()


@pytest.mark.parametrize(("scope", "longest"), [("minute", 3_600), ("day", 90_000)])
def test_a_wrong_header_does_not_close_a_destination_for_a_year(scope: str, longest: float) -> None:
    meter = Meter()
    meter.seen(scope, 0, 1e9)  # type: ignore[arg-type]
    assert meter.usage().seen[0].resets_in <= longest
