"""How a process's threads are shared: a slow destination leaves room for the others."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.core.share import Share, share_of

NOW = 1_000.0


def test_no_destination_holds_more_than_half_of_the_threads() -> None:
    share = Share(slots=32, held={1: 10, 2: 16})
    assert [share.room(place) for place in (1, 2, 3)] == [6, 0, 16]


def test_what_slow_ones_hold_elsewhere_is_not_there_to_be_shared() -> None:
    share = Share(slots=32, held={1: 16}, lingering={1: 16})
    assert (share.room(1), share.room(2)) == (0, 8)


@pytest.mark.parametrize("slots", [1, 2, 3])
def test_with_few_threads_each_destination_still_gets_one(slots: int) -> None:
    assert Share(slots=slots, held={1: slots}, lingering={1: slots}).room(2) == 1


def test_what_runs_for_longer_than_a_second_lingers() -> None:
    share = share_of(8, [(1, NOW - 2), (1, NOW - 0.5), (1, None), (2, None)], NOW)
    assert (dict(share.held), share.lingering[1], share.lingering[2]) == ({1: 3, 2: 1}, 1, 0)


@given(slots=st.integers(8, 200), slow=st.integers(1, 5), order=st.permutations(range(5)))
def test_however_many_are_slow_one_share_is_always_free(slots: int, slow: int, order: list[int]) -> None:
    held = dict.fromkeys(range(slow), 0)
    for _ in range(3 * slots):  # each ends a step and takes what it may, in any order, until nothing moves
        for place in (one for one in order if one < slow):
            held[place] = max(0, held[place] - 1)
            held[place] += Share(slots=slots, held=held, lingering=held).room(place)
    assert slots - sum(held.values()) >= slots // (slow + 1) - slow
