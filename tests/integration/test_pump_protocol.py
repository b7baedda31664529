"""The protocol of one delivery: prepare, a durable mark, hand over, settle; each outcome and what it leaves."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from hub import Held, NotSent, Problem, Receipt, Rejected, SettingsError, Uncertain
from hub.app import Hub
from hub.core.runner import Ended, Until
from hub.errors import CorruptError
from hub.testing.samples import invoice
from tests.integration.far import Far, Gate, Sent, first, raising, taken
from tests.integration.ledger import (
    add_place,
    change,
    clock,
    deliver,
    delivering,
    eventually,
    faults,
    let_time_pass,
    listed,
    outcomes,
    row,
    states,
    take_in,
    value,
)

BROKEN = Rejected([Problem("BR-01", "no specification identifier")])


def test_a_delivery_arrives_with_a_receipt_and_an_attempt_that_names_the_bytes(hub: Hub, far: Far) -> None:
    add_place(hub)
    take_in(hub, "F1")
    assert deliver(hub, Until.EMPTY) is Ended.DONE
    [one] = listed(hub)
    assert (one["state"], one["tries"], one["receipt"]["reference"]) == ("delivered", 1, "taken-1")
    assert outcomes(hub) == [("delivered", "")]
    assert faults(hub) == ()


def test_the_bytes_that_leave_are_the_bytes_that_the_ledger_names(hub: Hub, far: Far) -> None:
    add_place(hub)
    take_in(hub, "F1")
    deliver(hub)
    [sent] = far.sent
    [part] = row(hub).prepared
    assert sent.data == invoice(number="F1")
    assert part["sha256"] == hashlib.sha256(sent.data).hexdigest()
    assert value(hub, "SELECT sent_sha256 FROM attempt") == part["sha256"]


def test_the_mark_is_committed_after_prepare_and_before_the_first_byte(hub: Hub, far: Far) -> None:
    add_place(hub)
    take_in(hub, "F1")
    order: list[tuple[str, bool]] = []

    def look(word: str) -> None:
        order.append((word, row(hub).begun))

    def prepare(document: Any, delivery: Any) -> Any:
        look("prepare")
        return Far().on_prepare(document, delivery)

    def hand_over(sent: Sent) -> Any:
        look("deliver")
        return taken(sent)

    far.on_prepare, far.on_deliver = prepare, hand_over
    deliver(hub)
    assert order == [("prepare", False), ("deliver", True)]


def test_nothing_is_sent_while_the_mark_cannot_be_written(hub: Hub, far: Far) -> None:
    add_place(hub)
    take_in(hub, "F1")
    refused: list[str] = []

    def full_disk(conn: Any, cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("UPDATE outbox SET begun") and len(refused) < 2:
            assert far.sent == []
            refused.append(statement)
            raise OperationalError(statement, (), Exception("the disk is full"))

    event.listen(hub.db.writer, "before_cursor_execute", full_disk)
    deliver(hub)
    assert len(refused) == 2
    assert len(far.sent) == 1
    assert outcomes(hub) == [("delivered", "")]


def test_a_transaction_that_fails_after_the_answer_is_written_again_and_nothing_is_sent_twice(
    hub: Hub, far: Far
) -> None:
    add_place(hub)
    take_in(hub, "F1")
    refused: list[str] = []

    def lost_connection(conn: Any, cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("INSERT INTO attempt") and not refused:
            refused.append(statement)
            raise OperationalError(statement, (), Exception("the connection is lost"))

    event.listen(hub.db.writer, "before_cursor_execute", lost_connection)
    deliver(hub)
    assert len(refused) == len(far.sent) == 1
    assert outcomes(hub) == [("delivered", "")]


@pytest.mark.parametrize(
    ("error", "state", "reason", "attempt"),
    [
        (NotSent("connect", "no route"), "queued", "connect", ("not_sent", "connect")),
        (BROKEN, "rejected", "BR-01", ("rejected", "BR-01")),
        (Held("too_large", "9 MB"), "held", "too_large", ("held", "too_large")),
        (Uncertain("no_answer", "line cut"), "uncertain", "no_answer", ("uncertain", "no_answer")),
        (SettingsError("no_folder", "gone"), "queued", "no_folder", ("not_sent", "no_folder")),
        (RuntimeError("boom"), "uncertain", "plugin_error", ("uncertain", "plugin_error")),
        (SystemExit(0), "uncertain", "plugin_error", ("uncertain", "plugin_error")),
        (RecursionError("deep"), "uncertain", "plugin_error", ("uncertain", "plugin_error")),
        (KeyboardInterrupt(), "uncertain", "plugin_error", ("uncertain", "plugin_error")),
        (GeneratorExit(), "uncertain", "plugin_error", ("uncertain", "plugin_error")),
        (MemoryError(), "uncertain", "plugin_error", ("uncertain", "plugin_error")),
        (CorruptError("changed on disk"), "uncertain", "corrupt", ("held", "corrupt")),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else "",
)
def test_what_deliver_raises_decides_what_is_next(
    hub: Hub, far: Far, error: BaseException, state: str, reason: str, attempt: tuple[str, str]
) -> None:
    add_place(hub, on_uncertain="ask")
    take_in(hub, "F1")
    far.on_deliver = raising(error)
    assert deliver(hub) is (Ended.DONE if isinstance(error, NotSent) else Ended.WAITING)
    [one] = listed(hub)
    assert (one["state"], one["reason"]) == (state, reason)
    assert outcomes(hub) == [attempt]
    assert faults(hub) == ()


@pytest.mark.parametrize(
    ("error", "state", "reason"),
    [
        (RuntimeError("boom"), "queued", "plugin_error"),
        (SystemExit(0), "queued", "plugin_error"),
        (KeyboardInterrupt(), "queued", "plugin_error"),
        (RecursionError(), "queued", "plugin_error"),
        (OSError(28, "No space left on device"), "queued", "plugin_error"),
        (Uncertain("no_answer", "it cannot know"), "queued", "no_answer"),
        (NotSent("token", "no token"), "queued", "token"),
        (Held("no_ubl", "no UBL"), "held", "no_ubl"),
        (BROKEN, "rejected", "BR-01"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else "",
)
def test_what_prepare_raises_was_never_sent(hub: Hub, far: Far, error: BaseException, state: str, reason: str) -> None:
    add_place(hub, on_uncertain="ask")
    take_in(hub, "F1")
    far.on_prepare = raising(error)
    deliver(hub)
    [one] = listed(hub)
    assert (one["state"], one["reason"], far.sent) == (state, reason, [])
    assert not row(hub).begun
    assert faults(hub) == ()


def test_the_bytes_are_prepared_once_and_sent_the_same_on_every_attempt_under_the_same_key(hub: Hub, far: Far) -> None:
    add_place(hub)
    take_in(hub, "F1")
    far.on_deliver = first(NotSent("connect"), NotSent("greylisted"))
    for _ in range(3):
        deliver(hub)
        let_time_pass(hub)
    assert [sent.attempt for sent in far.sent] == [1, 2, 3]
    assert len({sent.key for sent in far.sent}) == len({sent.data for sent in far.sent}) == len(far.prepared) == 1
    assert states(hub) == ["delivered"]


@pytest.mark.parametrize(
    ("tries", "low_ms", "high_ms"),
    [(0, 4_000, 6_000), (1, 48_000, 72_000), (4, 5_760_000, 8_640_000), (9, 34_560_000, 51_840_000)],
)
def test_a_delivery_that_was_not_sent_waits_longer_after_each_try(
    hub: Hub, far: Far, tries: int, low_ms: int, high_ms: int
) -> None:
    add_place(hub)
    take_in(hub, "F1")
    change(hub, "UPDATE outbox SET tries = :tries", tries=tries)
    far.on_deliver = raising(NotSent("connect", unwell=False))
    before = clock(hub)
    deliver(hub)
    assert before + low_ms <= row(hub).due_at <= clock(hub) + high_ms


def test_a_delivery_that_was_not_sent_for_a_week_is_held_and_not_dropped(hub: Hub, far: Far) -> None:
    add_place(hub)
    take_in(hub, "F1")
    change(hub, "UPDATE outbox SET tries = 30")
    far.on_deliver = raising(NotSent("connect", "no route"))
    deliver(hub)
    assert (states(hub), row(hub).reason, row(hub).due_at) == (["held"], "exhausted", None)
    assert "connect" in row(hub).detail


@pytest.mark.parametrize(("asked", "waits_ms"), [(90.0, 90_000), (0.0, 1_000), (-5.0, 1_000), (1e9, 86_400_000)])
def test_the_far_sides_own_time_is_kept_within_a_second_and_a_day(
    hub: Hub, far: Far, asked: float, waits_ms: int
) -> None:
    add_place(hub)
    take_in(hub, "F1")
    far.on_deliver = raising(NotSent("busy", retry_after=asked))
    before = clock(hub)
    deliver(hub)
    after = clock(hub)
    assert before + waits_ms <= row(hub).due_at <= after + waits_ms
    next_due = value(hub, "SELECT next_due FROM destination")
    assert before + waits_ms <= next_due <= after + waits_ms


def test_an_outcome_is_written_without_waiting_for_the_other_deliveries(hub: Hub, far: Far) -> None:
    add_place(hub)
    take_in(hub, "F1", "F2")
    gate = Gate()
    far.on_deliver = lambda sent: gate(sent) if sent.id == 1 else taken(sent)
    with delivering(hub):
        try:
            eventually(lambda: states(hub) == ["sending", "delivered"])
        finally:
            gate.opened.set()


def test_a_receipt_keeps_the_far_sides_time_and_details(hub: Hub, far: Far) -> None:
    add_place(hub)
    take_in(hub, "F1")
    at = datetime(2026, 1, 15, 9, 30, tzinfo=UTC)
    far.on_deliver = lambda _: Receipt("E-2026-7", at, {"journal": "VK"})
    deliver(hub)
    assert listed(hub)[0]["receipt"] == {"reference": "E-2026-7", "at": at, "detail": {"journal": "VK"}}


@pytest.mark.parametrize("count", [1, 40])
def test_every_paper_of_a_batch_arrives_exactly_once(hub: Hub, far: Far, count: int) -> None:
    add_place(hub)
    take_in(hub, *(f"F{n}" for n in range(count)))
    assert deliver(hub, Until.EMPTY) is Ended.DONE
    assert sorted(sent.id for sent in far.sent) == list(range(1, count + 1))
    assert len({sent.key for sent in far.sent}) == count
