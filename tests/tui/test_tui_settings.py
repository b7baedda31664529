"""Settings as a form made from any plugin's models: mended, refused beside the field, secrets never shown."""

from __future__ import annotations

import pytest

from hub.app import Hub, places
from hub.core.store import destinations
from tests.integration.ledger import deliver, states, take_in
from tests.tui.office import PASSWORD, Office, add_office
from tests.tui.seat import Seat, sit


@pytest.fixture
def desk(hub: Hub, office: Office) -> Hub:
    """A destination that works."""
    add_office(hub)
    return hub


def settings(hub: Hub) -> dict[str, object]:
    """What is stored of the destination."""
    return next(dict(one["settings"]) for one in places.listed(hub))


def secret(hub: Hub) -> str:
    """The password as the plugin gets it."""
    return str(hub.carrier(1).binding.connection["password"])


async def to_form(seat: Seat) -> None:
    """Open the form."""
    await seat.sees("desk  ✓ active")
    await seat.press("e")
    await seat.sees("desk > settings", "*journal")


async def go_to(seat: Seat, name: str) -> None:
    """The field with this name."""
    for _ in range(20):
        if f" {name}: " in seat.screen:
            return
        await seat.press("tab")
        await seat.pilot.pause()
    raise AssertionError(f"there is no field {name}:\n{seat.screen}")


async def retype(seat: Seat, name: str, text: str) -> None:
    """Put this text into a field."""
    await go_to(seat, name)
    await seat.press("end", "ctrl+u")
    await seat.type(text)


def test_a_broken_destination_is_mended_and_its_paper_goes(hub: Hub, office: Office) -> None:
    add_office(hub, journal="XXX")
    take_in(hub, "F-1")
    deliver(hub)
    assert states(hub) == ["queued"]

    async def play(seat: Seat) -> None:
        await seat.sees("✗ broken", "desk is blocked (settings_wrong: no_journal")
        await seat.press("enter")
        await seat.sees("Overview > desk", "desk  ✗ broken", "your turn")
        await seat.press("t")
        await seat.sees("✓ ok", "✗ failed  journal  the journal XXX", "They would not work.")
        await seat.press("e")
        await seat.sees("*journal")
        await retype(seat, "journal", "AK")
        await seat.press("ctrl+s")
        await seat.sees("Saved.", "desk  ✓ active")
        await seat.press("t")
        await seat.sees("Deliveries would work.")

    sit(hub, play)
    deliver(hub)
    assert states(hub) == ["delivered"]


def test_what_is_wrong_stands_beside_its_field_and_nothing_is_kept(desk: Hub) -> None:
    async def play(seat: Seat) -> None:
        await to_form(seat)
        await retype(seat, "journal", "LONG")
        await retype(seat, "limit", "much")
        await retype(seat, "port", "0")
        await seat.press("ctrl+s")
        await seat.sees(
            "a journal has at most three letters", "valid decimal", "greater than or equal to 1", "Not saved"
        )
        lines = seat.screen.split("\n")
        told = next(n for n, line in enumerate(lines) if "at most three letters" in line)
        assert "*journal LONG" in lines[told - 1]

    sit(desk, play, view="destinations", one="desk")
    assert settings(desk) == {"journal": "VK"}


def test_every_shape_is_kept_as_its_type(desk: Hub) -> None:
    async def play(seat: Seat) -> None:
        await to_form(seat)
        await go_to(seat, "form")
        await seat.press("enter", "down", "enter")
        await go_to(seat, "urgent")
        await seat.press("enter", "down", "down", "enter")
        await seat.sees("urgent no")
        await retype(seat, "limit", "12.50")
        await retype(seat, "labels", "a, b")
        await retype(seat, "codes", "{}")
        await seat.press("ctrl+s")
        await seat.sees("Saved.")

    sit(desk, play, view="destinations", one="desk")
    assert settings(desk) == {
        "journal": "VK",
        "form": "both",
        "urgent": False,
        "limit": "12.50",
        "labels": ["a", "b"],
        "codes": {},
    }


def test_a_switch_is_turned_and_the_plugin_may_say_no(desk: Hub) -> None:
    async def play(seat: Seat) -> None:
        await to_form(seat)
        await go_to(seat, "form")
        await seat.press("enter", "down", "down", "enter")
        await go_to(seat, "urgent")
        await seat.press("enter", "down", "enter", "ctrl+s")
        await seat.sees("what hurries must be both")

    sit(desk, play, view="destinations", one="desk")
    assert settings(desk) == {"journal": "VK"}


def test_what_is_no_json_is_told(desk: Hub) -> None:
    async def play(seat: Seat) -> None:
        await to_form(seat)
        await retype(seat, "codes", "nothing")
        await seat.press("ctrl+s")
        await seat.sees("this is no JSON")

    sit(desk, play, view="destinations", one="desk")


def test_an_emptied_setting_goes_back_to_its_default(desk: Hub) -> None:
    with desk.db.write() as tx:
        row = destinations.named(tx.conn, "desk")
        destinations.change(tx, row, {"settings": {"journal": "VK", "limit": "10"}})

    async def play(seat: Seat) -> None:
        await to_form(seat)
        await retype(seat, "limit", "")
        await seat.press("ctrl+s")
        await seat.sees("Saved.")

    sit(desk, play, view="destinations", one="desk")
    assert settings(desk) == {"journal": "VK"}


def test_a_required_setting_cannot_be_emptied(desk: Hub) -> None:
    async def play(seat: Seat) -> None:
        await to_form(seat)
        await retype(seat, "journal", "")
        await seat.press("ctrl+s")
        await seat.sees("Field required")

    sit(desk, play, view="destinations", one="desk")


def test_a_secret_is_never_on_the_screen_and_stays_unless_typed(desk: Hub) -> None:
    seen: list[str] = []

    async def play(seat: Seat) -> None:
        await seat.sees("password  ***")
        seen.append(seat.screen)
        await to_form(seat)
        await seat.sees("stays as it is unless you type another")
        seen.append(seat.screen)
        await retype(seat, "journal", "AK")
        await seat.press("ctrl+s")
        await seat.sees("Saved.")
        seen.append(seat.screen)

    sit(desk, play, view="destinations", one="desk")
    assert secret(desk) == PASSWORD
    assert not any(PASSWORD in screen for screen in seen)


def test_a_secret_that_is_typed_is_kept_and_not_shown(desk: Hub) -> None:
    async def play(seat: Seat) -> None:
        await to_form(seat)
        await retype(seat, "password", "nieuw")
        await seat.sees("•••••")
        assert "nieuw" not in seat.screen
        await seat.press("ctrl+s")
        await seat.sees("Saved.")
        assert "nieuw" not in seat.screen

    sit(desk, play, view="destinations", one="desk")
    assert secret(desk) == "nieuw"


def test_a_shared_connection_is_named_before_it_is_changed(desk: Hub, office: Office) -> None:
    from hub.app.configure import Values, Wanted, add_destination  # noqa: PLC0415 - only here

    add_destination(
        desk, Wanted(name="second", plugin="office", connection="desk-line", values=Values({"journal": "B"}))
    )

    async def play(seat: Seat) -> None:
        await to_form(seat)
        await seat.sees("The connection desk-line is shared with second.")

    sit(desk, play, view="destinations", one="desk")


def test_a_destination_whose_plugin_is_gone_says_so(desk: Hub) -> None:
    with desk.db.write() as tx:
        tx.conn.exec_driver_sql("UPDATE destination SET plugin = 'gone'")

    async def play(seat: Seat) -> None:
        await seat.sees("plugin gone: is not installed")
        await seat.press("e")
        await seat.sees("Its settings cannot be read")

    sit(desk, play, view="destinations", one="desk")
