"""The windowed table: only what is in sight is read, and the cursor stays on its paper while the list changes."""

from __future__ import annotations

import asyncio
import time
from array import array
from collections.abc import Awaitable, Callable
from typing import ClassVar

import pytest
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from hub.app import Hub, ledger
from hub_tui.messages import Picked, Wanted
from hub_tui.widgets.badge import Tone
from hub_tui.widgets.window import Column, Window
from tests.integration.ledger import take_in
from tests.tui.office import Office, add_office
from tests.tui.seat import PATIENCE, Seat, sit

MANY = 1_000_000


class Bench(App[None]):
    """A table alone. `asked` are the ids of which lines were wanted."""

    COLUMNS: ClassVar[list[Column]] = [
        Column(title="id", width=8, cell=lambda line: (line, Tone.PLAIN), right=True),
        Column(title="rest", width=0, cell=lambda line: (f"line {line} \u4e2d\u6587 " * 9, Tone.GOOD)),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[int] = []
        self.picked: list[int] = []

    def compose(self) -> ComposeResult:
        yield Window(self.COLUMNS, id="table", empty="nothing here\nlook there")

    def on_wanted(self, message: Wanted) -> None:
        self.asked += message.ids
        self.table.put({one: str(one) for one in message.ids})

    def on_picked(self, message: Picked) -> None:
        self.picked.append(message.id)

    @property
    def table(self) -> Window:
        return self.query_one(Window)

    @property
    def shown(self) -> list[str]:
        """The lines as they are drawn."""
        return [self.table.render_line(y).text for y in range(self.table.size.height)]

    async def until(self, pilot: Pilot[None], expected: str, at: int) -> None:
        """Wait until a line shows this text."""
        end = time.monotonic() + PATIENCE
        while expected not in self.shown[at]:
            assert time.monotonic() < end, self.shown
            await pilot.pause()


def at_bench(play: Callable[[Bench, Pilot[None]], Awaitable[None]]) -> None:
    """Run a table of 80x10."""

    async def run() -> None:
        app = Bench()
        async with app.run_test(size=(80, 10)) as pilot:
            app.table.focus()
            await play(app, pilot)

    asyncio.run(run())


def test_of_a_million_lines_only_those_in_sight_are_asked_for() -> None:
    async def play(app: Bench, pilot: Pilot[None]) -> None:
        app.table.fill(array("q", range(MANY, 0, -1)))
        await app.until(pilot, " 1000000 line 1000000", at=1)
        await pilot.press("end")
        await app.until(pilot, "        1 line 1", at=-1)
        assert 0 < len(app.asked) < 100

    at_bench(play)


def test_titles_stay_and_every_line_fills_the_width_exactly() -> None:
    async def play(app: Bench, pilot: Pilot[None]) -> None:
        app.table.fill(array("q", range(100)))
        await pilot.press("pagedown", "pagedown")
        await pilot.pause()
        assert app.shown[0].split() == ["id", "rest"]
        assert {app.table.render_line(y).cell_length for y in range(10)} == {app.table.size.width}

    at_bench(play)


def test_the_cursor_stays_on_its_id_and_in_its_place() -> None:
    async def play(app: Bench, pilot: Pilot[None]) -> None:
        app.table.fill(array("q", range(100, 0, -1)))
        await pilot.press(*["down"] * 20)
        await app.until(pilot, " 80 line", at=-1)
        app.table.fill(array("q", range(103, 0, -1)))
        await pilot.pause()
        assert app.table.current == 80
        await app.until(pilot, " 80 line", at=-1)

    at_bench(play)


def test_a_line_that_is_gone_leaves_the_cursor_on_the_next() -> None:
    async def play(app: Bench, pilot: Pilot[None]) -> None:
        app.table.fill(array("q", [5, 4, 3]))
        await pilot.press("down", "space")
        app.table.toggle_mark()
        app.table.fill(array("q", [5, 3]))
        await pilot.pause()
        assert app.table.current == 3
        assert app.table.marks == set()
        app.table.fill(array("q"))
        await pilot.pause()
        assert [line.strip() for line in app.shown[1:3]] == ["nothing here", "look there"]

    at_bench(play)


def test_enter_and_a_click_know_their_line() -> None:
    async def play(app: Bench, pilot: Pilot[None]) -> None:
        app.table.fill(array("q", range(10, 60)))
        await pilot.pause()
        await pilot.click(Window, offset=(5, 4))
        await pilot.press("enter", "home", "enter")
        await pilot.pause()
        assert app.picked == [13, 10]

    at_bench(play)


def test_lines_out_of_sight_are_forgotten_in_time() -> None:
    async def play(app: Bench, pilot: Pilot[None]) -> None:
        app.table.fill(array("q", range(100_000)))
        for _ in range(200):
            app.table.action_leaf(3)
            await pilot.pause()
        assert len(app.asked) > 3_000
        assert len(app.table._lines) <= 2_100

    at_bench(play)


@pytest.fixture
def many(hub: Hub, office: Office) -> Hub:
    """A paper, and its delivery copied until there are some thousand."""
    add_office(hub)
    take_in(hub, "F-1")
    with hub.db.write() as tx:
        tx.conn.exec_driver_sql(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 25000) "
            "INSERT INTO delivery "
            "(company_id, destination_id, document_id, subject, key, state, created_at, changed_at, finished_at) "
            "SELECT 1, 1, 1, 'old' || i, 'k' || i, 'delivered', 1, 1, 1 FROM n"
        )
    return hub


def test_ids_come_in_parts_and_in_order(many: Hub) -> None:
    parts = list(ledger.delivery_ids(many, ""))
    assert [len(part) for part in parts] == [500, 20_000, 4_501]
    assert [one for part in parts for one in part] == list(range(25_001, 0, -1))
    assert [list(part) for part in ledger.delivery_ids(many, "", above=25_000)] == [[25_001]]
    assert [list(part) for part in ledger.delivery_ids(many, "state:queued")] == [[1]]


def test_a_new_paper_comes_on_top_of_a_long_list(many: Hub) -> None:
    async def play(seat: Seat) -> None:
        await seat.sees("25001 ✓ delivered")
        await seat.press("down", "down")
        take_in(many, "F-2")
        await seat.until(lambda: seat.app.screen.query_one(Window).ids[0] == 25_002, "the new one")
        table = seat.app.screen.query_one(Window)
        assert table.current == 24_999
        await seat.press("home")
        await seat.sees("25002 · queued", "F-2")

    sit(many, play, view="outbox")
