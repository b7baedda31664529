"""How the dashboard starts: it paints before the home is open, costs nobody else anything, and ends with words."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from hub.app import Hub
from hub.errors import UsageError
from hub_tui.app import Dashboard, Start
from tests.acceptance.command import Command
from tests.integration.ledger import COMPANY
from tests.tui.office import Office, add_office
from tests.tui.seat import PATIENCE, Seat, seat_at


@pytest.fixture
def command(own_home: Path) -> Command:
    """The command in the home of Voorbeeld NV, which is empty."""
    command = Command(own_home)
    command.one("init", "--company", "Voorbeeld NV", "--enterprise-number", COMPANY)
    return command


def test_it_paints_before_the_home_is_open(hub: Hub) -> None:
    may_open = threading.Event()

    def open_() -> Hub:
        assert may_open.wait(PATIENCE)
        return hub

    async def play(seat: Seat) -> None:
        await seat.sees("hub  opening the home ...")
        assert not may_open.is_set()
        may_open.set()
        await seat.sees("No destination yet")

    seat_at(open_, play, at_once=True)


def test_a_home_that_cannot_be_opened_ends_it_with_the_reason() -> None:
    def open_() -> Hub:
        raise UsageError("there is no hub here", code="no_home", action="run `hub init` first")

    app = Dashboard(Start(), open_)
    error = app.run(headless=True, size=(80, 24))
    assert isinstance(error, UsageError)
    assert error.code == "no_home"


@pytest.mark.parametrize(
    "words", [["--help"], ["run", "--once"], ["status"], ["outbox", "list"], ["tui", "--plain"], ["tui", "--help"]]
)
def test_no_other_command_loads_textual(command: Command, words: list[str]) -> None:
    loaded = _loaded(command, "-m", "hub", *words)
    assert "hub.cli.main" in loaded
    assert {name for name in loaded if name.partition(".")[0] in {"textual", "hub_tui"}} == set()


def test_importing_the_hub_loads_no_textual(command: Command) -> None:
    loaded = _loaded(command, "-c", "import hub, hub.app")
    assert "hub.app.home" in loaded
    assert {name for name in loaded if name.startswith("textual")} == set()


def test_the_first_paint_waits_for_no_database(command: Command) -> None:
    loaded = _loaded(command, "-c", "import hub.cli.main, hub.cli.tui, hub_tui.app")
    assert "textual.app" in loaded
    assert loaded & {"sqlalchemy", "alembic", "pydantic", "lxml"} == set()


def _loaded(command: Command, *words: str) -> set[str]:
    """The modules that a Python loads, by its own report; that comes also of a command that ends hard."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", *words],
        env=dict(command._environment()),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    )
    return {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if line.startswith("import time:")}


def test_plain_says_the_overview_and_what_needs_a_person(hub: Hub, office: Office, command: Command) -> None:
    add_office(hub)
    with hub.db.write() as tx:
        tx.conn.exec_driver_sql("UPDATE destination SET state = 'paused', reason = 'by_hand', turn = 'you'")
    said = command("tui", "--plain")
    assert said.code == 0
    assert "desk, copy: paused (by_hand), turn: you. Queued: 0. Needs you: 0. Last delivered: never." in said.out
    assert "desk is paused (by_hand). See: hub destination resume desk" in said.out
    assert "\x1b" not in said.out


def test_plain_says_that_nothing_needs_anybody(command: Command) -> None:
    assert "Needs you: nothing." in command("tui", "--plain").out


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ([], 2, "the dashboard needs a terminal (no_terminal)"),
        (["--view", "nowhere"], 2, "'nowhere' is not one of"),
    ],
)
def test_what_cannot_be_shown_is_told(command: Command, words: list[str], code: int, said: str) -> None:
    done = command("tui", *words)
    assert (done.code, said in done.err) == (code, True), done
