"""Papers to sort: shown with the reason, given a company and a kind, or dropped with a reason."""

from __future__ import annotations

import pytest

from hub.app import Hub
from hub.core.document import Incoming
from hub.core.store import incoming, views
from hub.testing import samples
from tests.tui.seat import Seat, sit


@pytest.fixture
def parked(hub: Hub) -> Hub:
    """A PDF without facts, and a paper that was refused."""
    papers = [Incoming(name="bon.pdf", data=samples.pdf("bon")), Incoming(name="broken.xml", data=b"<broken")]
    assert [one.result for one in hub.intake.accept(papers)] == ["parked", "refused"]
    return hub


def result_of(hub: Hub, incoming_id: int) -> tuple[str, str]:
    """What became of it, and why."""
    with hub.db.read() as conn:
        row = incoming.one(conn, incoming_id)
    return row.result, row.reason


def test_what_waits_is_listed_with_why(parked: Hub) -> None:
    async def play(seat: Seat) -> None:
        await seat.sees("! to sort", "bon.pdf", "✗ refused", "broken.xml")

    sit(parked, play, view="inbox")


def test_a_parked_paper_becomes_a_document(parked: Hub) -> None:
    async def play(seat: Seat) -> None:
        await seat.sees("bon.pdf", "! to sort")
        await seat.press("a")
        await seat.sees("paper 1 > assign", "Voorbeeld NV 0123456749")
        await seat.press("tab", "enter", "down", "down", "down", "down", "down", "down", "enter")
        await seat.sees("receipt")
        await seat.press("tab")
        await seat.type("B-7")
        await seat.press("tab")
        await seat.type("2026-03-02")
        await seat.press("tab")
        await seat.type("Leverancier")
        await seat.press("tab")
        await seat.type("12.10")
        await seat.press("ctrl+s")
        await seat.sees("it is a document now")

    sit(parked, play, view="inbox", one="1")
    with parked.db.read() as conn:
        [document] = views.documents(conn)
    assert (document["kind"], document["number"], str(document["payable"])) == ("receipt", "B-7", "12.10")
    assert result_of(parked, 1)[0] == "assigned"


def test_what_is_missing_or_wrong_stands_beside_its_field(parked: Hub) -> None:
    async def play(seat: Seat) -> None:
        await seat.sees("bon.pdf")
        await seat.press("a")
        await seat.sees("*kind")
        await seat.press("tab", "tab", "tab")
        await seat.type("yesterday")
        await seat.press("ctrl+s")
        await seat.sees("choose one", "this is no day; write it as 2026-10-01")

    sit(parked, play, view="inbox", one="1")
    assert result_of(parked, 1)[0] == "parked"


def test_a_paper_is_dropped_with_its_reason_only(parked: Hub) -> None:
    async def play(seat: Seat) -> None:
        await seat.sees("bon.pdf")
        await seat.press("x")
        await seat.sees("Drop 1 paper")
        await seat.press("enter", "tab", "enter")
        await seat.pilot.pause()
        assert result_of(parked, 1)[0] == "parked"
        await seat.type("private")
        await seat.press("enter", "tab", "enter")
        await seat.sees("drop: 1 done")

    sit(parked, play, view="inbox", one="1")
    assert result_of(parked, 1) == ("dropped", "private")


def test_a_refused_paper_cannot_be_assigned(parked: Hub) -> None:
    async def play(seat: Seat) -> None:
        await seat.sees("broken.xml", "✗ refused")
        await seat.press("a")
        await seat.sees("It is refused: only a parked")

    sit(parked, play, view="inbox", one="2")


def test_what_was_dealt_with_leaves_the_list(parked: Hub) -> None:
    async def play(seat: Seat) -> None:
        await seat.sees("bon.pdf", "broken.xml")
        with parked.db.write() as tx:
            incoming.dropped(tx, 2, "elsewhere")
        await seat.misses("broken.xml")

    sit(parked, play, view="inbox")
