"""From page to page by keys alone: areas, drill-down, the way back, filters, help, and what a dimmed key says."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hub.app import Hub
from hub_tui.screens.page import Page
from tests.integration.ledger import deliver, take_in
from tests.tui.office import Office, add_office
from tests.tui.seat import Seat, sit


@pytest.fixture
def filled(hub: Hub, office: Office) -> Hub:
    """Two papers delivered, one that waits for approval at the second destination, all three at both."""
    add_office(hub)
    add_office(hub, "archive", approve="first:1")
    take_in(hub, "F-1", "F-2")
    deliver(hub)
    return hub


def test_the_overview_tells_destinations_and_what_needs_a_person(filled: Hub) -> None:
    async def play(seat: Seat) -> None:
        await seat.sees("desk", "archive", "copy", "✓ active", "2 deliveries held at archive: approval")

    sit(filled, play)


def test_enter_leads_down_and_escape_back(filled: Hub) -> None:
    async def play(seat: Seat) -> None:
        await seat.sees("held at archive")
        await seat.press("enter")
        await seat.sees("Overview > Outbox", "state:held dest:archive approval", "F-1", "F-2")
        await seat.press("enter")
        await seat.sees("Outbox > delivery 4", "your turn", "it waits for your yes", "hub outbox approve 4")
        await seat.press("d")
        await seat.sees("delivery 4 > document 2", "Klant BV", "F-2")
        await seat.press("escape", "escape", "escape")
        await seat.sees("What needs you")
        await seat.misses("> Outbox")

    sit(filled, play)


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("2", ["Outbox", "✓ delivered", "F-1", "archive"]),
        ("3", ["Documents", "sales inv.", "F-1", "145.14 EUR"]),
        ("4", ["To sort", "Nothing is to be sorted"]),
        ("5", ["Destinations", "office", "desk"]),
    ],
)
def test_a_number_leads_to_an_area(filled: Hub, key: str, expected: list[str]) -> None:
    async def play(seat: Seat) -> None:
        await seat.press(key)
        await seat.sees(*expected)

    sit(filled, play)


def test_an_area_stays_as_it_was_left(filled: Hub) -> None:
    async def play(seat: Seat) -> None:
        await seat.press("3")
        await seat.sees("F-2")
        await seat.press("enter")
        await seat.sees("Documents > document 2")
        await seat.press("1")
        await seat.sees("What needs you")
        await seat.press("3")
        await seat.sees("Documents > document 2")

    sit(filled, play)


def test_a_filter_shows_only_what_it_finds(filled: Hub) -> None:
    async def play(seat: Seat) -> None:
        await seat.press("2")
        await seat.sees("✓ delivered")
        await seat.press("slash")
        await seat.type("number:F-1 dest:archive")
        await seat.press("enter")
        await seat.misses("F-2", "✓ delivered")
        await seat.sees("! needs you")
        await seat.press("escape")
        await seat.sees("F-2", "✓ delivered")

    sit(filled, play)


def test_a_wrong_filter_is_told_under_its_field_and_the_list_stays(filled: Hub) -> None:
    async def play(seat: Seat) -> None:
        await seat.press("2")
        await seat.sees("F-1")
        await seat.press("slash")
        await seat.type("state:helt")
        await seat.press("enter")
        await seat.sees("'helt' is no state of a filter: did you mean held?", "F-1")

    sit(filled, play)


def test_a_filter_that_finds_nothing_says_how_to_change_it(filled: Hub) -> None:
    async def play(seat: Seat) -> None:
        await seat.sees("Nothing fits this filter: / changes it")

    sit(filled, play, view="documents", where="number:nothing")


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ({"view": "outbox", "where": "state:held"}, ["state:held", "! needs you"]),
        ({"view": "outbox", "one": "4"}, ["Outbox > delivery 4", "it waits for your yes"]),
        ({"view": "documents", "one": "1"}, ["Documents > document 1", "Klant BV"]),
        ({"view": "destinations", "one": "desk"}, ["Destinations > desk", "journal  VK"]),
    ],
)
def test_it_opens_where_it_was_asked_to(filled: Hub, start: dict[str, str], expected: list[str]) -> None:
    async def play(seat: Seat) -> None:
        await seat.sees(*expected)

    sit(filled, play, **start)


def test_what_is_not_there_is_said(filled: Hub) -> None:
    async def play(seat: Seat) -> None:
        await seat.sees("there is no delivery 99")

    sit(filled, play, view="outbox", one="99")


@pytest.mark.parametrize(
    ("view", "hint"),
    [
        ("overview", "hub destination add NAME PLUGIN"),
        ("outbox", "No delivery yet"),
        ("documents", "hub import FILE"),
        ("inbox", "Nothing is to be sorted"),
        ("destinations", "hub destination add NAME PLUGIN"),
    ],
)
def test_an_empty_page_tells_the_next_command(hub: Hub, view: str, hint: str) -> None:
    async def play(seat: Seat) -> None:
        await seat.sees(hint)

    sit(hub, play, view=view)


def test_help_tells_each_key_and_why_it_does_nothing(filled: Hub) -> None:
    async def play(seat: Seat) -> None:
        await seat.sees("it waits for your yes")
        await seat.press("question_mark")
        await seat.sees("a  Approve", "v  Arrived", "not now: It is `needs you`; this is for `unconfirmed`.")
        await seat.press("escape")
        await seat.misses("not now:")

    sit(filled, play, view="outbox", one="4")


def test_a_dimmed_key_tells_why(filled: Hub) -> None:
    async def play(seat: Seat) -> None:
        await seat.sees("it waits for your yes")
        await seat.press("v")
        await seat.sees("this is for", "`unconfirmed`")

    sit(filled, play, view="outbox", one="4")


def test_every_key_says_what_it_does() -> None:
    pages = list(_below(Page))
    silent = [
        f"{page.__name__}: {one}" for page in pages for one in page.BINDINGS if not getattr(one, "description", "")
    ]
    assert len(pages) > 10
    assert silent == []


def _below(page: type[Page]) -> Iterator[type[Page]]:
    for one in page.__subclasses__():
        yield one
        yield from _below(one)
