"""What happens next, by what was raised and how far the trip had come."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.core.backoff import DAY, MINUTE, SECOND
from hub.core.claim import Claim, Settlement
from hub.core.delivery import TRANSITIONS, Absent, OnUncertain, Outcome, Receipt, State, Turn
from hub.core.verdict import Trip, answered, ask_a_person, judge, stopped
from hub.errors import (
    CorruptError,
    Held,
    LoginNeeded,
    NotSent,
    PluginError,
    PluginHung,
    Problem,
    Rejected,
    SettingsError,
    TemporaryError,
    Uncertain,
)

CLAIM = Claim(
    id=7,
    destination_id=1,
    revision=1,
    fence=3,
    tries=0,
    attempts=0,
    begun=False,
    lost=False,
    company_id=1,
    kind="sales_invoice",
    document_id=1,
    pack_id=None,
    key="k",
    generation=1,
    created_at=1,
    prepared=None,
    steps=None,
)
BEFORE = Trip(claim=CLAIM, started_at=5)
AFTER = replace(BEFORE, marked=True, sent_sha256="abc")
AGAIN = replace(AFTER, claim=replace(CLAIM, begun=True), on_uncertain=OnUncertain.REPEAT)
TRACING = replace(AGAIN, tracing=True, can_trace=True)

REFUSED = Rejected([Problem("BR-01", "wrong"), Problem("BR-02", "too")])
ERRORS: list[BaseException] = [
    NotSent("connect", "no route"),
    NotSent("busy", retry_after=30),
    REFUSED,
    Held("too_large"),
    Uncertain("cut"),
    LoginNeeded("expired"),
    SettingsError("no_journal"),
    CorruptError("gone"),
    PluginError("far", "boom"),
    TemporaryError("locked"),
    OSError(28, "No space left on device"),
    RuntimeError("boom"),
    SystemExit(1),
    KeyboardInterrupt(),
    PluginHung("far", "deliver", 900),
]
TRIPS = {"before": BEFORE, "after": AFTER, "again": AGAIN, "tracing": TRACING}


@pytest.mark.parametrize(
    ("error", "before", "after", "tracing"),
    [
        (ERRORS[0], State.QUEUED, State.QUEUED, State.UNCERTAIN),
        (ERRORS[1], State.QUEUED, State.QUEUED, State.UNCERTAIN),
        (ERRORS[2], State.REJECTED, State.REJECTED, State.UNCERTAIN),
        (ERRORS[3], State.HELD, State.HELD, State.UNCERTAIN),
        (ERRORS[4], State.QUEUED, State.UNCERTAIN, State.UNCERTAIN),
        (ERRORS[5], State.QUEUED, State.QUEUED, State.UNCERTAIN),
        (ERRORS[6], State.QUEUED, State.QUEUED, State.UNCERTAIN),
        (ERRORS[7], State.HELD, State.HELD, State.UNCERTAIN),
        (ERRORS[8], State.QUEUED, State.UNCERTAIN, State.UNCERTAIN),
        (ERRORS[9], State.QUEUED, State.UNCERTAIN, State.UNCERTAIN),
        (ERRORS[10], State.QUEUED, State.UNCERTAIN, State.UNCERTAIN),
        (ERRORS[11], State.QUEUED, State.UNCERTAIN, State.UNCERTAIN),
        (ERRORS[12], State.QUEUED, State.UNCERTAIN, State.UNCERTAIN),
        (ERRORS[13], State.QUEUED, State.UNCERTAIN, State.UNCERTAIN),
        (ERRORS[14], State.QUEUED, State.UNCERTAIN, State.UNCERTAIN),
    ],
    ids=lambda value: repr(value)[:30] if isinstance(value, BaseException) else "",
)
def test_the_state_by_what_was_raised_and_when(
    error: BaseException, before: State, after: State, tracing: State
) -> None:
    assert [judge(trip, error).state for trip in (BEFORE, AFTER, TRACING)] == [before, after, tracing]


@pytest.mark.parametrize("error", ERRORS, ids=repr)
@pytest.mark.parametrize("trip", TRIPS.values(), ids=list(TRIPS))
def test_every_verdict_is_allowed_and_says_why(trip: Trip, error: BaseException) -> None:
    verdict = judge(trip, error)
    was = State.UNCERTAIN if trip.claim.begun else State.QUEUED
    assert verdict.state in TRANSITIONS[was]
    assert verdict.code
    assert verdict.outcome is not None
    assert (verdict.claim, verdict.started_at, verdict.receipt) == (trip.claim, 5, None)


@pytest.mark.parametrize("trip", TRIPS.values(), ids=list(TRIPS))
def test_a_call_that_hangs_counts_against_its_destination_and_says_so(trip: Trip) -> None:
    verdict = judge(trip, PluginHung("far", "deliver", 900))
    assert (verdict.unwell, verdict.code) == (True, "plugin_hung")
    assert "far: deliver did not come back within 900 s" in verdict.detail


@pytest.mark.parametrize("error", ERRORS, ids=repr)
def test_what_was_not_marked_is_never_uncertain_and_never_marked(error: BaseException) -> None:
    verdict = judge(BEFORE, error)
    assert (verdict.begun, verdict.state is State.UNCERTAIN) == (False, False)


@pytest.mark.parametrize("error", ERRORS, ids=repr)
@pytest.mark.parametrize("trip", [AGAIN, TRACING], ids=["again", "tracing"])
def test_what_may_have_arrived_before_keeps_its_mark_unless_it_is_over(trip: Trip, error: BaseException) -> None:
    verdict = judge(trip, error)
    assert verdict.begun or verdict.state.finished


@pytest.mark.parametrize(
    "error",
    [error for error in ERRORS if isinstance(error, (Uncertain, PluginError, RuntimeError, SystemExit))],
    ids=repr,
)
def test_a_silence_after_the_mark_keeps_it(error: BaseException) -> None:
    assert judge(AFTER, error).begun


@pytest.mark.parametrize(
    ("can_trace", "rule", "due_in"),
    [
        (True, OnUncertain.ASK, 30 * SECOND),
        (True, OnUncertain.REPEAT, 30 * SECOND),
        (False, OnUncertain.ASK, None),
        (False, OnUncertain.REPEAT, 5 * SECOND),
    ],
)
def test_the_uncertain_is_traced_or_repeated_or_waits_for_a_person(
    can_trace: bool, rule: OnUncertain, due_in: int | None
) -> None:
    trip = replace(AFTER, can_trace=can_trace, on_uncertain=rule, trace_after=30.0)
    assert judge(trip, Uncertain("cut")).due_in == due_in


def test_a_trace_that_failed_is_asked_again_later_and_later() -> None:
    waits = [
        judge(replace(TRACING, claim=replace(TRACING.claim, tries=tries)), NotSent("x")).due_in for tries in (0, 1, 2)
    ]
    assert waits == [5 * SECOND, MINUTE, 5 * MINUTE]


def test_a_trace_keeps_the_far_sides_own_time() -> None:
    assert judge(TRACING, NotSent("busy", retry_after=90)).due_in == 90 * SECOND


@pytest.mark.parametrize(
    ("error", "unwell"),
    [
        (NotSent("connect"), True),
        (NotSent("greylisted", unwell=False), None),
        (Uncertain("cut"), True),
        (RuntimeError("boom"), True),
        (REFUSED, None),
        (Held("x"), None),
        (LoginNeeded("x"), None),
    ],
    ids=repr,
)
def test_whether_the_far_side_is_unwell(error: BaseException, unwell: bool | None) -> None:
    assert judge(AFTER, error).unwell is unwell


@pytest.mark.parametrize("error", [RuntimeError("boom"), PluginError("far", "boom"), OSError(28, "full")], ids=repr)
def test_what_breaks_before_the_mark_says_nothing_of_the_far_side(error: BaseException) -> None:
    assert judge(BEFORE, error).unwell is None


@pytest.mark.parametrize(
    ("asked", "due_in"), [(30.0, 30 * SECOND), (0.2, SECOND), (-9.0, SECOND), (1e12, DAY), (float("inf"), DAY)]
)
def test_the_far_sides_own_time_is_between_a_second_and_a_day(asked: float, due_in: int) -> None:
    verdict = judge(BEFORE, NotSent("busy", retry_after=asked))
    assert (verdict.due_in, verdict.rest) == (due_in, due_in)


def test_a_wish_about_one_paper_does_not_rest_the_destination() -> None:
    assert judge(BEFORE, NotSent("greylisted", retry_after=300, unwell=False)).rest is None


@pytest.mark.parametrize("error", [NotSent("connect"), NotSent("busy", retry_after=5)], ids=repr)
def test_after_a_week_of_tries_it_is_held_with_the_last_reason(error: NotSent) -> None:
    verdict = judge(replace(BEFORE, claim=replace(CLAIM, tries=40)), error)
    assert (verdict.state, verdict.code, verdict.due_in) == (State.HELD, "exhausted", None)
    assert error.reason in verdict.detail


@pytest.mark.parametrize(
    ("error", "reason", "connection"),
    [(LoginNeeded("expired", "log in"), "login_needed", True), (SettingsError("no_journal"), "settings_wrong", False)],
)
def test_a_block_burns_no_try_and_says_whose_turn_it_is(error: BaseException, reason: str, connection: bool) -> None:
    verdict = judge(BEFORE, error)
    assert verdict.block is not None
    assert (verdict.block.reason, verdict.block.connection, verdict.block.turn) == (reason, connection, Turn.YOU)
    assert (verdict.burns_try, verdict.due_in, verdict.state) == (False, 0, State.QUEUED)


def test_a_receipt_is_delivered_and_a_traced_one_says_so() -> None:
    receipt = Receipt("r")
    sent, traced = answered(AFTER, receipt), answered(TRACING, receipt)
    assert (sent.state, sent.outcome, sent.receipt, sent.code, sent.unwell) == (
        State.DELIVERED,
        Outcome.DELIVERED,
        receipt,
        "",
        False,
    )
    assert (traced.state, traced.code) == (State.DELIVERED, "traced")


def test_what_never_arrived_is_queued_at_once_and_unmarked() -> None:
    verdict = answered(TRACING, Absent("no such key"))
    assert (verdict.state, verdict.outcome, verdict.due_in, verdict.begun) == (State.QUEUED, Outcome.ABSENT, 0, False)
    assert verdict.detail == "no such key"


@pytest.mark.parametrize(("lost", "code"), [(True, "lost"), (False, "unanswered")])
def test_a_question_to_a_person_is_no_attempt(lost: bool, code: str) -> None:
    verdict = ask_a_person(replace(AGAIN, claim=replace(AGAIN.claim, lost=lost)))
    assert (verdict.outcome, verdict.state, verdict.due_in, verdict.begun) == (None, State.UNCERTAIN, None, True)
    assert verdict.code == code


def test_what_was_out_when_the_process_stopped_is_uncertain_and_marked() -> None:
    verdict = stopped(CLAIM)
    assert (verdict.state, verdict.begun, verdict.outcome) == (State.UNCERTAIN, True, Outcome.UNCERTAIN)


@pytest.mark.parametrize("text", ["\x1b[31mred", "a\nb", "\u202egnp.exe", "x" * 10_000])
def test_the_words_of_a_far_side_are_made_harmless(text: str) -> None:
    for error in (NotSent("x", text), Held("x", text), Uncertain("x", text), RuntimeError(text)):
        detail = judge(AFTER, error).detail
        assert detail.isprintable()
        assert len(detail) <= 500


@pytest.mark.parametrize(
    ("error", "code"), [(OSError(28, "No space left"), "no_space"), (TemporaryError("locked"), "temporary")]
)
def test_what_failed_in_our_own_house_is_named(error: BaseException, code: str) -> None:
    assert judge(BEFORE, error).code == code


@given(tries=st.integers(0, 60), chance=st.floats(0, 1), marked=st.booleans(), trace=st.booleans())
def test_a_delivery_is_looked_at_again_or_waits_for_a_person_but_never_both(
    tries: int, chance: float, marked: bool, trace: bool
) -> None:
    trip = Trip(claim=replace(CLAIM, tries=tries), started_at=1, marked=marked, can_trace=trace, chance=chance)
    for error in ERRORS:
        verdict = judge(trip, error)
        waits = verdict.state is State.HELD or verdict.state.finished
        assert not waits or verdict.due_in is None
        assert verdict.state is not State.QUEUED or verdict.due_in is not None
    assert isinstance(verdict, Settlement)


@pytest.mark.parametrize("attempts", [0, 3, 500])
def test_a_fault_of_our_own_side_burns_no_try_blames_nobody_and_is_tried_again_within_minutes(attempts: int) -> None:
    claim = replace(CLAIM, attempts=attempts)
    for trip in (replace(BEFORE, claim=claim), replace(TRACING, claim=replace(claim, begun=True))):
        verdict = judge(trip, TemporaryError("out of reach", code="blobs_unreachable", action="look"))
        assert (verdict.burns_try, verdict.unwell, verdict.code) == (False, None, "blobs_unreachable")
        assert 0 < (verdict.due_in or 0) <= 5 * MINUTE
