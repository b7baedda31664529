"""What a person does at the dashboard is in the ledger: after a question that names it, and never without."""

from __future__ import annotations

import pytest

from hub.app import Hub
from hub.core.delivery import OnUncertain, Role
from hub.errors import Uncertain
from tests.integration.far import Far, first, raising
from tests.integration.ledger import add_place, deliver, row, states, take_in
from tests.tui.office import Office, add_office
from tests.tui.seat import Seat, sit


@pytest.fixture
def held(hub: Hub, office: Office) -> Hub:
    """Two papers that wait for approval."""
    add_office(hub, approve="always")
    take_in(hub, "F-1", "F-2")
    return hub


@pytest.fixture
def unconfirmed(hub: Hub) -> Far:
    """A paper that may have arrived at a booking road that cannot be asked."""
    far = Far()
    far.on_deliver = first(Uncertain("the line broke"))
    hub.host.add("far", far)
    add_place(hub, role=Role.BOOKING, approve="never", on_uncertain=OnUncertain.ASK)
    take_in(hub, "F-1")
    deliver(hub)
    return far


def test_a_held_paper_is_approved(held: Hub) -> None:
    async def play(seat: Seat) -> None:
        await seat.sees("! needs you", "F-2", "approval")
        await seat.press("a")
        await seat.sees("Approve 1 delivery at desk?", "F-2 sales invoice Klant BV", "No", "Yes")
        await seat.press("y")
        await seat.sees("approve: 1 done", "· queued")

    sit(held, play, view="outbox")
    assert states(held) == ["held", "queued"]


def test_no_is_what_enter_says(held: Hub) -> None:
    async def play(seat: Seat) -> None:
        await seat.sees("F-2")
        await seat.press("x")
        await seat.sees("Cancel 1 delivery at desk?")
        await seat.press("enter")
        await seat.misses("Cancel 1 delivery")

    sit(held, play, view="outbox")
    assert states(held) == ["held", "held"]


def test_an_act_on_marks_is_one_question_for_all(held: Hub) -> None:
    async def play(seat: Seat) -> None:
        await seat.sees("F-1", "F-2")
        await seat.press("space", "space")
        await seat.sees("Outbox (2 marked)")
        await seat.press("x")
        await seat.sees("Cancel 2 deliveries at desk?", "F-1 sales", "F-2 sales")
        await seat.press("tab", "enter")
        await seat.sees("cancel: 2 done")

    sit(held, play, view="outbox")
    assert states(held) == ["cancelled", "cancelled"]


def test_what_cannot_be_done_is_told_and_stops_no_other(held: Hub) -> None:
    async def play(seat: Seat) -> None:
        await seat.sees("F-1", "F-2")
        await seat.press("space", "space", "a")
        await seat.sees("Approve 2 deliveries")
        with held.db.write() as tx:
            tx.conn.exec_driver_sql("UPDATE delivery SET reason = 'corrupt' WHERE id = 1")
        await seat.press("y")
        await seat.sees("approve: 1 done", "delivery 1 is held for corrupt")

    sit(held, play, view="outbox")
    assert states(held) == ["held", "queued"]


@pytest.mark.parametrize(
    ("key", "question", "then", "handed_over"),
    [
        ("v", "Say that it arrived: 1 delivery at far?", "far took it by a person's word", 1),
        ("s", "Send again: 1 delivery at far?", "· queued", 2),
    ],
)
def test_an_uncertain_one_is_resolved(
    hub: Hub, unconfirmed: Far, key: str, question: str, then: str, handed_over: int
) -> None:
    async def play(seat: Seat) -> None:
        await seat.sees("? unconfirmed", "the line broke", "press v when it arrived, s to send it again")
        await seat.press(key)
        await seat.sees(question)
        await seat.press("y")
        await seat.sees(then)

    sit(hub, play, view="outbox", one="1")
    deliver(hub)
    assert states(hub) == ["delivered"]
    assert len(unconfirmed.sent) == handed_over


def test_the_outcome_of_another_process_is_seen_without_a_key(hub: Hub, unconfirmed: Far) -> None:
    async def play(seat: Seat) -> None:
        await seat.sees("? unconfirmed")
        with hub.db.write() as tx:
            tx.conn.exec_driver_sql("UPDATE outbox SET begun = 0")
            tx.conn.exec_driver_sql("UPDATE delivery SET state = 'held', reason = 'conflict'")
        await seat.sees("! needs you", "conflict")

    sit(hub, play, view="outbox")


def test_a_destination_is_paused_and_resumed(held: Hub) -> None:
    async def play(seat: Seat) -> None:
        await seat.sees("desk  ✓ active")
        await seat.press("z")
        await seat.sees("Pause 1 destination, desk, with 0 deliveries queued?")
        await seat.press("y")
        await seat.sees("desk  = paused", "by_hand, your turn")
        await seat.press("u")
        await seat.sees("Resume 1 destination, desk")
        await seat.press("y")
        await seat.sees("desk  ✓ active")

    sit(held, play, view="destinations", one="desk")


def test_a_document_is_held_and_let_go(held: Hub) -> None:
    async def play(seat: Seat) -> None:
        await seat.sees("✓ ok", "F-1")
        await seat.press("h")
        await seat.sees("Hold 1 document, bound for desk?")
        await seat.press("y")
        await seat.sees("document_he")
        await seat.press("l")
        await seat.sees("Let go 1 document")
        await seat.press("y")
        await seat.misses("document_he")

    sit(held, play, view="documents", one="1")
    assert row(held).reason == "approval"


@pytest.mark.parametrize(
    ("start", "keys"),
    [
        ({"view": "outbox"}, ["a", "r", "v", "s", "x"]),
        ({"view": "documents", "one": "1"}, ["h", "l"]),
        ({"view": "destinations", "one": "desk"}, ["e", "z", "u"]),
    ],
)
def test_read_only_asks_nothing_and_does_nothing(held: Hub, start: dict[str, str], keys: list[str]) -> None:
    async def play(seat: Seat) -> None:
        await seat.sees("read-only", "desk")
        for key in keys:
            await seat.press(key)
            await seat.pilot.pause()
            assert "?" not in seat.screen.replace("? keys", "").replace("? Keys", "")
        await seat.sees("not" if len(keys) == 2 else "only")

    sit(held, play, read_only=True, **start)
    assert states(held) == ["held", "held"]


def test_a_fault_of_the_store_is_told_and_the_page_stays(hub: Hub, unconfirmed: Far) -> None:
    unconfirmed.on_prepare = raising(RuntimeError("no paper today"))
    with hub.db.write() as tx:
        tx.conn.exec_driver_sql("UPDATE delivery SET prepared = NULL")

    async def play(seat: Seat) -> None:
        await seat.sees("? unconfirmed")
        await seat.press("p")
        await seat.sees("delivery 1 > preview", "no paper today")

    sit(hub, play, view="outbox", one="1")
