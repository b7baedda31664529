"""A person at the dashboard: keys are pressed, and what stands on the screen of 80x24 is read."""

from __future__ import annotations

import asyncio
import html
import re
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from textual.pilot import Pilot

from hub.app import Hub
from hub_tui.app import Dashboard, Start

PATIENCE = 20.0  # seconds until a test that waits gives up
_CELLS = re.compile(r'<text [^>]*?x="([\d.]+)" y="([\d.]+)"[^>]*>(.*?)</text>', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Seat:
    """Where the person sits."""

    app: Dashboard
    pilot: Pilot[Any]

    @property
    def screen(self) -> str:
        """What stands on the screen now, line by line."""
        lines: dict[float, str] = defaultdict(str)
        for x, y, text in _CELLS.findall(self.app.export_screenshot()):
            column = round(float(x) / 12.2)
            lines[float(y)] = lines[float(y)].ljust(column) + html.unescape(text).replace("\xa0", " ")
        return "\n".join(line.rstrip() for _, line in sorted(lines.items()))

    async def press(self, *keys: str) -> None:
        """Press keys, one after the other."""
        await self.pilot.press(*keys)

    async def type(self, text: str) -> None:
        """Type a text, as if pasted key by key."""
        await self.pilot.press(*(_NAMES.get(char, char) for char in text))

    async def until(self, condition: Callable[[], object], what: str = "") -> None:
        """Wait until it holds; the screen is told when it does not."""
        end = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < end, f"{what or 'it'} did not come; the screen:\n{self.screen}"
            await self.pilot.pause(0.02)

    async def settled(self) -> None:
        """Wait until every thread has answered and the answers are drawn."""
        await self.pilot.pause()
        await self.until(self._quiet, "the end of all reading")
        await self.pilot.pause()

    def _quiet(self) -> bool:
        """Whether no thread works; the one that asks a question waits for its answer."""
        return all(worker.is_finished or worker.group == "ask" for worker in self.app.workers)

    async def sees(self, *texts: str) -> None:
        """Wait until all of these stand on the screen."""
        await self.until(lambda: all(text in self.screen for text in texts), " and ".join(texts))

    async def misses(self, *texts: str) -> None:
        """Wait until none of these stands on the screen."""
        await self.until(lambda: not any(text in self.screen for text in texts), f"the end of {' and '.join(texts)}")


_NAMES = {" ": "space", ":": "colon", ".": "full_stop", "-": "minus", "/": "slash", ",": "comma", "@": "at"}

Play = Callable[[Seat], Awaitable[None]]


def sit(hub: Hub, play: Play, **start: Any) -> None:
    """Open the dashboard on this home, wait for its first page, and play."""
    seat_at(lambda: hub, play, **start)


def seat_at(open_: Callable[[], Hub], play: Play, *, at_once: bool = False, **start: Any) -> None:
    """The same, with a home that opens when the dashboard asks for it."""

    async def run() -> None:
        app = Dashboard(Start(**start), open_)
        async with app.run_test(size=(80, 24), notifications=True) as pilot:
            seat = Seat(app, pilot)
            if not at_once:
                await seat.sees("1 Overview", " UTC")
            await play(seat)

    asyncio.run(run())
