"""When to try again, and how hard to lean on a destination."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.core.backoff import DAY, HOUR, MINUTE, SECOND, Pressure, delay

NOW = 1_800_000_000_000


# -- one delivery --


@pytest.mark.parametrize(
    ("tries", "wait"),
    [
        (0, 5 * SECOND),
        (1, 5 * SECOND),
        (2, MINUTE),
        (3, 5 * MINUTE),
        (4, 30 * MINUTE),
        (5, 2 * HOUR),
        (6, 5 * HOUR),
        (7, 10 * HOUR),
        (8, 12 * HOUR),
        (19, 12 * HOUR),
    ],
)
def test_the_wait_grows_with_each_try(tries: int, wait: int) -> None:
    assert delay(tries, 0.5) == wait


@pytest.mark.parametrize(("chance", "share"), [(0.0, 0.8), (0.5, 1.0), (1.0, 1.2)])
def test_chance_spreads_the_moment_by_a_fifth_to_either_side(chance: float, share: float) -> None:
    assert delay(2, chance) == round(MINUTE * share)


def test_after_a_week_of_tries_a_person_must_look() -> None:
    waits = [delay(tries, 0.5) for tries in range(1, 40)]
    tried = [wait for wait in waits if wait is not None]
    assert waits == [*tried, *[None] * (39 - len(tried))]
    assert 6 * DAY < sum(tried) <= 7 * DAY


# -- the window --


def after(pressure: Pressure, *, failures: int = 0, successes: int = 0) -> Pressure:
    """So many outcomes of one kind."""
    for _ in range(failures):
        pressure = pressure.failed(NOW)
    for _ in range(successes):
        pressure = pressure.succeeded()
    return pressure


def test_a_window_of_successes_widens_it_by_one() -> None:
    assert after(Pressure(), successes=4).window == 5
    assert after(Pressure(), successes=5).window == 6
    assert after(Pressure(), successes=5 + 6).window == 7


def test_the_window_never_grows_over_what_the_far_side_bears() -> None:
    assert after(Pressure(inflight_max=6), successes=100).window == 6


def test_a_failure_halves_the_window_and_loses_the_credit() -> None:
    pressed = after(Pressure(window=9, credit=7), failures=1)
    assert (pressed.window, pressed.credit, pressed.fails_in_row, pressed.failing_since) == (4, 0, 1, NOW)


def test_the_window_stays_open_for_one_until_the_fifth_failure() -> None:
    assert [after(Pressure(), failures=n).window for n in range(6)] == [5, 2, 1, 1, 1, 0]


def test_a_success_ends_the_row_of_failures() -> None:
    pressed = after(after(Pressure(), failures=4), successes=1)
    assert (pressed.fails_in_row, pressed.failing_since) == (0, None)
    assert after(pressed, failures=4).window == 1


# -- the breaker --


def test_five_failures_in_a_row_open_it_for_a_minute() -> None:
    opened = after(Pressure(), failures=5)
    assert opened.probe_at() == NOW + MINUTE
    assert (opened.room(0, NOW + MINUTE - 1), opened.room(0, NOW + MINUTE)) == (0, 1)


def test_there_is_one_probe_at_a_time() -> None:
    assert after(Pressure(), failures=5).room(1, NOW + DAY) == 0


def test_each_probe_that_fails_doubles_the_wait_up_to_an_hour() -> None:
    pressed, waits, now = after(Pressure(), failures=5), [], NOW
    for _ in range(9):
        probe = pressed.probe_at() or 0
        waits.append(probe - now)
        now = probe
        pressed = pressed.failed(now)
    assert waits == [MINUTE * n for n in (1, 2, 4, 8, 16, 32, 60, 60, 60)]


@pytest.mark.parametrize("out", [6, 64])
def test_what_was_out_when_it_opened_does_not_push_the_first_probe_away(out: int) -> None:
    assert after(Pressure(window=64), failures=out).probe_at() == NOW + MINUTE


def test_a_success_closes_it_with_a_fresh_window() -> None:
    closed = after(after(Pressure(window=40), failures=7), successes=1)
    assert closed == Pressure()


def test_an_old_success_does_not_close_what_is_not_open() -> None:
    assert Pressure().probe_at() is None
    assert after(Pressure(), successes=1).opened_at is None


@pytest.mark.parametrize(("days", "hopeless"), [(4, False), (5, True), (6, True)])
def test_only_failures_for_five_days_need_a_person(days: int, hopeless: bool) -> None:
    assert Pressure(failing_since=NOW).hopeless(NOW + days * DAY) is hopeless
    assert not Pressure().hopeless(NOW)


# -- the far side's own time --


def test_nothing_is_claimed_before_the_far_sides_own_time() -> None:
    resting = Pressure().rested(90 * SECOND, NOW)
    assert (resting.room(0, NOW + 90 * SECOND - 1), resting.room(0, NOW + 90 * SECOND)) == (0, 5)


def test_a_shorter_wish_does_not_end_a_longer_one() -> None:
    resting = Pressure().rested(HOUR, NOW).rested(SECOND, NOW).rested(None, NOW)
    assert resting.quiet_until() == NOW + HOUR


def test_an_open_breaker_waits_for_the_later_of_both() -> None:
    opened = after(Pressure(), failures=5)
    assert opened.rested(SECOND, NOW).quiet_until() == NOW + MINUTE
    assert opened.rested(HOUR, NOW).quiet_until() == NOW + HOUR


# -- all together --


@given(outcomes=st.lists(st.booleans(), max_size=60), in_flight=st.integers(0, 100))
def test_the_room_is_never_negative_and_never_over_the_limit(outcomes: list[bool], in_flight: int) -> None:
    pressed, now = Pressure(inflight_max=8), NOW
    for well in outcomes:
        now += SECOND
        pressed = pressed.succeeded() if well else pressed.failed(now)
        assert 0 <= pressed.room(in_flight, now) <= 8
        assert (pressed.window == 0) == (pressed.opened_at is not None)
