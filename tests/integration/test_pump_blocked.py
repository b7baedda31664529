"""Destinations that cannot deliver: paused, blocked, in need of a login, failing. Their papers wait and burn no try."""

from __future__ import annotations

import pytest
from pydantic import BaseModel, SecretStr

from hub import LoginNeeded, NotSent, Problem, Rejected, SettingsError, Uncertain
from hub.app import Hub, places
from hub.app.configure import Values
from hub.app.editing import Edit, edit_connection, edit_destination
from hub.core.runner import Ended, Until
from tests.integration.far import Far, Gate, first, raising, taken
from tests.integration.ledger import (
    add_place,
    change,
    clock,
    deliver,
    delivering,
    eventually,
    let_time_pass,
    outcomes,
    row,
    states,
    take_in,
    value,
)


class Account(BaseModel):
    """A login that several destinations share."""

    user: str
    password: SecretStr = SecretStr("")


def standing(hub: Hub) -> list[tuple[str, str, str]]:
    """State, reason and whose turn, of every destination."""
    with hub.db.read() as conn:
        found = conn.exec_driver_sql("SELECT state, reason, turn FROM destination ORDER BY id")
        return [tuple(one) for one in found]


def test_papers_of_a_paused_destination_wait_and_burn_no_try(hub: Hub, far: Far) -> None:
    add_place(hub)
    places.pause(hub, "far")
    take_in(hub, "F1")
    assert deliver(hub, Until.EMPTY) is Ended.WAITING
    assert (states(hub), far.sent, row(hub).tries) == (["queued"], [], 0)
    places.resume(hub, "far")
    assert deliver(hub, Until.EMPTY) is Ended.DONE


def test_a_destination_that_is_paused_does_not_hold_up_another(hub: Hub, far: Far) -> None:
    add_place(hub, "one")
    add_place(hub, "two")
    places.pause(hub, "one")
    take_in(hub, "F1")
    deliver(hub, Until.EMPTY)
    assert states(hub) == ["queued", "delivered"]


def test_a_wrong_setting_blocks_the_destination_until_it_is_mended_and_burns_no_try(hub: Hub, far: Far) -> None:
    add_place(hub)
    take_in(hub, "F1", "F2")
    far.on_deliver = first(SettingsError("no_journal", "there is no journal VK"))
    assert deliver(hub, Until.EMPTY) is Ended.WAITING
    assert standing(hub) == [("blocked", "settings_wrong", "you")]
    assert "no_journal" in value(hub, "SELECT detail FROM destination")
    assert value(hub, "SELECT max(tries) FROM outbox") == 0
    edit_destination(hub, "far", Edit(approve="never"))
    assert deliver(hub, Until.EMPTY) is Ended.DONE
    assert len({sent.key for sent in far.sent}) == 2


def shared_login(hub: Hub) -> Far:
    """Two destinations on one connection, and one of another."""
    far = Far(connection=Account)
    hub.host.add("far", far)
    add_place(hub, "one", values=Values({"user": "a"}, {"password": "p"}))
    add_place(hub, "two", connection="one")
    add_place(hub, "other", values=Values({"user": "b"}))
    return far


def test_a_login_that_is_needed_blocks_every_destination_on_its_connection_and_no_other(hub: Hub) -> None:
    far = shared_login(hub)
    take_in(hub, "F1")
    far.on_deliver = lambda sent: raising(LoginNeeded("expired", "log in again"))(sent) if sent.id == 1 else taken(sent)
    change(hub, "UPDATE destination SET next_due = next_due + 10000 * id")
    change(hub, "UPDATE destination SET next_due = 1 WHERE name <> 'two'")
    deliver(hub)
    assert standing(hub) == [("blocked", "login_needed", "you"), ("blocked", "connection", "you"), ("active", "", "")]
    assert states(hub) == ["queued", "queued", "delivered"]
    assert value(hub, "SELECT max(tries) FROM outbox") == 0
    assert outcomes(hub, 2) == []


def test_a_new_password_wakes_every_destination_on_the_connection(hub: Hub) -> None:
    far = shared_login(hub)
    take_in(hub, "F1")
    far.on_deliver = lambda sent: raising(LoginNeeded("expired"))(sent) if sent.id == 1 else taken(sent)
    deliver(hub)
    far.on_deliver = taken
    edit_connection(hub, "one", Values(secret={"password": "new"}))
    assert [state for state, _, _ in standing(hub)] == ["active"] * 3
    assert deliver(hub, Until.EMPTY) is Ended.DONE


def test_a_worker_reads_changed_settings_without_a_restart(hub: Hub, far: Far) -> None:
    add_place(hub, on_uncertain="ask")
    take_in(hub, "F1")
    gate = Gate(raising(NotSent("connect", unwell=False)))
    far.on_deliver = gate
    with delivering(hub):
        assert gate.arrived.wait(20)
        edit_destination(hub, "far", Edit(approve="never"))
        with hub.db.write() as tx:
            tx.conn.exec_driver_sql("UPDATE destination SET on_uncertain = 'repeat'")
        far.on_deliver = raising(Uncertain("cut"))
        gate.opened.set()
        eventually(lambda: row(hub).attempts == 1)
        let_time_pass(hub)
        eventually(lambda: row(hub).attempts == 2)
    assert row(hub).due_at is not None, "the rule `repeat` was not seen"


def test_a_plugin_that_is_not_installed_any_more_blocks_its_destination_only(hub: Hub, far: Far) -> None:
    add_place(hub, "one")
    add_place(hub, "two")
    change(hub, "UPDATE destination SET plugin = 'gone' WHERE name = 'one'")
    take_in(hub, "F1")
    deliver(hub, Until.EMPTY)
    assert states(hub) == ["queued", "delivered"]
    assert standing(hub)[0] == ("blocked", "settings_wrong", "you")


@pytest.mark.sqlite_only("a lost key ends the process where machines share a database")
def test_secrets_that_cannot_be_opened_block_the_destination_and_burn_no_try(hub: Hub) -> None:
    shared_login(hub)
    take_in(hub, "F1")
    (hub.config.home / "key").chmod(0o644)
    deliver(hub)
    assert standing(hub)[0][:2] == ("blocked", "settings_wrong")
    assert row(hub).tries == 0


# -- the breaker --


def pressure(hub: Hub) -> tuple[int, int]:
    """Window and failures in a row."""
    with hub.db.read() as conn:
        return tuple(conn.exec_driver_sql("SELECT window_size, fails_in_row FROM destination").one())


def test_five_failures_in_a_row_open_the_breaker_and_the_rest_waits_without_a_try(hub: Hub, far: Far) -> None:
    add_place(hub)
    take_in(hub, *(f"F{n}" for n in range(12)))
    far.on_deliver = raising(NotSent("connect", "no route"))
    deliver(hub)
    assert (pressure(hub)[0], len(far.sent)) == (0, 5)
    assert value(hub, "SELECT sum(tries) FROM outbox") == 5
    opened = value(hub, "SELECT opened_at FROM destination")
    assert value(hub, "SELECT next_due FROM destination") >= opened + 60_000


def test_a_probe_that_arrives_closes_the_breaker_and_the_rest_follows(hub: Hub, far: Far) -> None:
    add_place(hub)
    take_in(hub, *(f"F{n}" for n in range(8)))
    far.on_deliver = raising(NotSent("connect"))
    deliver(hub)
    far.on_deliver = taken
    let_time_pass(hub)
    assert deliver(hub, Until.EMPTY) is Ended.DONE
    assert pressure(hub)[1] == 0


def test_a_probe_that_fails_costs_one_paper_a_try_and_doubles_the_wait(hub: Hub, far: Far) -> None:
    add_place(hub)
    take_in(hub, *(f"F{n}" for n in range(8)))
    far.on_deliver = raising(NotSent("connect"))
    deliver(hub)
    let_time_pass(hub)
    deliver(hub)
    assert len(far.sent) == 6
    opened = value(hub, "SELECT opened_at FROM destination")
    assert value(hub, "SELECT next_due FROM destination") >= opened + 120_000


def test_papers_that_the_far_side_refuses_do_not_open_the_breaker(hub: Hub, far: Far) -> None:
    add_place(hub)
    take_in(hub, *(f"F{n}" for n in range(8)))
    far.on_deliver = raising(Rejected([Problem("BR-01", "wrong")]))
    deliver(hub, Until.EMPTY)
    assert states(hub) == ["rejected"] * 8


def test_papers_that_break_the_plugin_before_anything_left_do_not_close_the_road_for_the_others(
    hub: Hub, far: Far
) -> None:
    add_place(hub)
    take_in(hub, *(f"F{n}" for n in range(8)))
    usual = far.on_prepare
    far.on_prepare = lambda document, delivery: (
        raising(RuntimeError("boom"))() if delivery.id <= 6 else usual(document, delivery)
    )
    deliver(hub)
    assert states(hub) == ["queued"] * 6 + ["delivered"] * 2


def test_nothing_is_sent_before_the_far_sides_own_time_even_when_another_answer_or_paper_comes(
    hub: Hub, far: Far
) -> None:
    add_place(hub)
    take_in(hub, "F1", "F2")
    gate = Gate()
    busy = raising(NotSent("busy", retry_after=3600))
    far.on_deliver = lambda sent: gate(sent) if sent.id == 2 else busy(sent)
    with delivering(hub):
        eventually(lambda: row(hub, 1).attempts == 1)
        gate.opened.set()
        eventually(lambda: states(hub)[1] == "delivered")
        take_in(hub, "F3")
    assert value(hub, "SELECT next_due FROM destination") > clock(hub) + 3_000_000
    assert outcomes(hub, 3) == []


def test_a_destination_that_only_failed_for_five_days_is_blocked_for_a_person(hub: Hub, far: Far) -> None:
    add_place(hub)
    take_in(hub, "F1")
    change(hub, "UPDATE destination SET failing_since = :at", at=clock(hub) - 5 * 86_400_000 - 1)
    far.on_deliver = raising(NotSent("connect"))
    deliver(hub)
    assert standing(hub) == [("blocked", "failing", "you")]
    assert states(hub) == ["queued"]


def test_papers_behind_an_open_breaker_burn_no_try_but_the_probes(hub: Hub, far: Far) -> None:
    add_place(hub)
    far.on_deliver = raising(NotSent("down"))
    take_in(hub, *(f"F{n}" for n in range(12)))
    deliver(hub)
    assert value(hub, "SELECT opened_at FROM destination") is not None
    before = value(hub, "SELECT count(*) FROM attempt")
    for _ in range(3):
        deliver(hub)
    assert value(hub, "SELECT count(*) FROM attempt") == before
    assert value(hub, "SELECT count(*) FROM outbox WHERE tries = 0") == 12 - before
