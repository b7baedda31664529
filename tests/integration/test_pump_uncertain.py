"""Uncertain: a line that broke after sending is traced, put to a person, or repeated with the same bytes and key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from hub import Absent, Held, LoginNeeded, NotSent, Problem, Receipt, Rejected, Uncertain
from hub.app import Hub
from hub.core import acts
from hub.core.runner import Ended, Until
from tests.integration.far import Far, Sent, absent, first, raising, taken
from tests.integration.keeping import folder
from tests.integration.ledger import (
    add_place,
    change,
    clock,
    deliver,
    faults,
    let_leases_end,
    let_time_pass,
    listed,
    outcomes,
    row,
    states,
    take_in,
)

LOST = Uncertain("no_answer", "the line was cut")


@pytest.fixture
def lost(hub: Hub, tracing_far: Far) -> Far:
    """A far side that can be asked, and a paper that went there without an answer."""
    add_place(hub)
    take_in(hub, "F1")
    tracing_far.on_deliver = first(LOST)
    tracing_far.on_trace = raising(NotSent("busy", retry_after=3600))
    deliver(hub)
    change(hub, "DELETE FROM attempt WHERE n > 1")
    change(hub, "UPDATE outbox SET attempts = 1")
    tracing_far.asked.clear()
    assert states(hub) == ["uncertain"]
    let_time_pass(hub)
    return tracing_far


# -- far sides that can be asked --


def test_a_trace_that_finds_the_paper_is_its_receipt_and_nothing_is_sent_again(hub: Hub, lost: Far) -> None:
    lost.on_trace = lambda _: Receipt("E-7")
    assert deliver(hub) is Ended.DONE
    assert (states(hub), listed(hub)[0]["receipt"]["reference"], len(lost.sent)) == (["delivered"], "E-7", 1)
    assert outcomes(hub) == [("uncertain", "no_answer"), ("delivered", "traced")]


def test_a_trace_is_asked_about_the_same_key_and_bytes(hub: Hub, lost: Far) -> None:
    lost.on_trace = taken
    deliver(hub)
    [asked] = lost.asked
    assert (asked.key, asked.data) == (lost.sent[0].key, lost.sent[0].data)


def test_a_trace_that_finds_nothing_makes_it_safe_to_send_the_same_bytes_and_key_again(hub: Hub, lost: Far) -> None:
    lost.on_trace = absent
    assert deliver(hub, Until.EMPTY) is Ended.DONE
    assert outcomes(hub) == [("uncertain", "no_answer"), ("absent", "absent"), ("delivered", "")]
    assert len({(sent.key, sent.data) for sent in lost.sent}) == 1
    assert (len(lost.sent), len(lost.prepared)) == (2, 1)


@pytest.mark.parametrize(
    "answer",
    [
        lambda _: None,
        lambda _: True,
        lambda _: "absent",
        lambda _: Absent,
        lambda _: Receipt("x" * 5000),
        raising(RuntimeError("boom")),
        raising(SystemExit(1)),
        raising(NotSent("connect")),
        raising(Uncertain("timeout")),
        raising(Held("look", "a person must look")),
        raising(Rejected([Problem("BR-01", "wrong")])),
    ],
    ids=["none", "bool", "str", "class", "huge", "error", "exit", "not_sent", "uncertain", "held", "rejected"],
)
def test_a_trace_that_did_not_answer_changes_nothing_but_the_time_of_the_next_one(
    hub: Hub, lost: Far, answer: Callable[[Sent], Any]
) -> None:
    lost.on_trace = answer
    assert deliver(hub) is Ended.WAITING
    assert (states(hub), row(hub).begun, len(lost.sent), len(lost.asked)) == (["uncertain"], True, 1, 1)
    assert row(hub).due_at > clock(hub)
    assert outcomes(hub) == [("uncertain", "no_answer"), ("uncertain", "trace_failed")]
    assert faults(hub) == ()


def test_a_trace_that_needs_a_login_blocks_the_place_and_leaves_the_paper_uncertain(hub: Hub, lost: Far) -> None:
    lost.on_trace = raising(LoginNeeded("expired", "the consent ended"))
    deliver(hub)
    assert (states(hub), row(hub).begun, row(hub).tries) == (["uncertain"], True, 1)
    with hub.db.read() as conn:
        found = conn.exec_driver_sql("SELECT state, reason FROM destination").one()
    assert tuple(found) == ("blocked", "login_needed")


def test_a_paper_whose_bytes_are_damaged_is_not_traced_and_not_sent(hub: Hub, lost: Far) -> None:
    blob = folder(hub).path(row(hub).prepared[0]["sha256"])
    blob.chmod(0o600)
    blob.write_bytes(b"x")
    deliver(hub)
    assert (states(hub), row(hub).reason, lost.asked, len(lost.sent)) == (["uncertain"], "corrupt", [], 1)


def test_a_database_that_fails_before_the_trace_does_not_end_the_tracing(hub: Hub, lost: Far) -> None:
    lost.on_trace = taken
    failed: list[str] = []

    def locked(conn: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if "FROM destination" in statement and "WHERE destination.id = " in statement and not failed:
            failed.append(statement)
            raise OperationalError(statement, parameters, Exception("database is locked"))

    change(hub, "UPDATE destination SET revision = revision + 1")  # its settings are read anew
    event.listen(hub.db._reader, "before_cursor_execute", locked)
    deliver(hub)
    assert len(failed) == 1
    assert row(hub).due_at is not None, "it would wait for a person for ever"
    let_time_pass(hub)
    deliver(hub)
    assert states(hub) == ["delivered"]


def test_a_far_side_that_is_still_writing_is_asked_when_it_had_its_time(hub: Hub) -> None:
    far = Far(can_trace=True, trace_after=30.0)
    hub.host.add("far", far)
    add_place(hub)
    take_in(hub, "F1")
    far.on_deliver = first(LOST)
    before = clock(hub)
    deliver(hub)
    assert before + 30_000 <= row(hub).due_at <= clock(hub) + 30_000
    assert far.asked == []


# -- far sides that cannot --


def test_where_nobody_can_be_asked_a_person_decides(hub: Hub, far: Far) -> None:
    add_place(hub, on_uncertain="ask")
    take_in(hub, "F1")
    far.on_deliver = first(LOST)
    assert deliver(hub, Until.EMPTY) is Ended.WAITING
    assert (states(hub), row(hub).due_at, len(far.sent)) == (["uncertain"], None, 1)


def test_a_person_who_says_resend_sends_the_same_bytes_under_the_same_key(hub: Hub, far: Far) -> None:
    add_place(hub, on_uncertain="ask")
    take_in(hub, "F1")
    far.on_deliver = first(LOST)
    deliver(hub)
    with hub.db.write() as tx:
        acts.resolve(tx, 1, arrived=False)
    assert deliver(hub, Until.EMPTY) is Ended.DONE
    assert len({(sent.key, sent.data) for sent in far.sent}) == 1
    assert (len(far.sent), len(far.prepared), row(hub).generation) == (2, 1, 1)


def test_the_rule_repeat_sends_the_same_bytes_under_the_same_key_after_a_while(hub: Hub, far: Far) -> None:
    add_place(hub, on_uncertain="repeat")
    take_in(hub, "F1")
    far.on_deliver = first(LOST)
    deliver(hub)
    assert row(hub).due_at > clock(hub)
    let_time_pass(hub)
    assert deliver(hub) is Ended.DONE
    assert len({(sent.key, sent.data) for sent in far.sent}) == 1
    assert (len(far.sent), len(far.prepared), len(far.asked)) == (2, 1, 0)


def test_a_repeat_that_was_not_sent_stays_uncertain(hub: Hub, far: Far) -> None:
    add_place(hub, on_uncertain="repeat")
    take_in(hub, "F1")
    far.on_deliver = first(LOST, NotSent("connect"))
    deliver(hub)
    let_time_pass(hub)
    deliver(hub)
    assert (states(hub), row(hub).begun) == (["uncertain"], True)


# -- a worker that died --


def lose(hub: Hub, *, begun: bool) -> None:
    """The first worker took the paper and died."""
    change(hub, "UPDATE outbox SET worker = 'dead', begun = :begun, fence = fence + 1", begun=begun)
    let_leases_end(hub)


def test_a_worker_that_died_before_the_mark_sent_nothing_so_the_paper_is_sent(hub: Hub, tracing_far: Far) -> None:
    add_place(hub)
    take_in(hub, "F1")
    lose(hub, begun=False)
    assert deliver(hub, Until.EMPTY) is Ended.DONE
    assert (len(tracing_far.sent), tracing_far.asked) == (1, [])
    assert outcomes(hub) == [("lost", "lost_before_mark"), ("delivered", "")]


def test_a_worker_that_died_after_the_mark_leaves_a_paper_that_is_traced_before_anything_is_sent(
    hub: Hub, lost: Far
) -> None:
    lose(hub, begun=True)
    lost.on_trace = taken
    assert deliver(hub, Until.EMPTY) is Ended.DONE
    assert (len(lost.sent), len(lost.asked)) == (1, 1)
    assert outcomes(hub)[1:] == [("lost", "lost_after_mark"), ("delivered", "traced")]


@pytest.mark.parametrize(("rule", "sends", "state"), [("ask", 1, "uncertain"), ("repeat", 2, "delivered")])
def test_a_worker_that_died_after_the_mark_where_nobody_can_be_asked_is_a_matter_of_the_rule(
    hub: Hub, far: Far, rule: str, sends: int, state: str
) -> None:
    add_place(hub, on_uncertain=rule)
    take_in(hub, "F1")
    far.on_deliver = first(LOST)
    deliver(hub)
    lose(hub, begun=True)
    deliver(hub, Until.EMPTY)
    assert (len(far.sent), states(hub)) == (sends, [state])
    assert len({(sent.key, sent.data) for sent in far.sent}) == 1
