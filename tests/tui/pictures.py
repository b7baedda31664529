"""Draws the pictures of docs/pictures anew, from the home of `hub demo`: python -m tests.tui.pictures"""

from __future__ import annotations

import asyncio
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hub.app import Hub
from hub.config import Config
from hub.demo.places import Stage
from hub.demo.story import play
from hub.demo.telling import Telling
from hub_tui.app import Dashboard, Start
from tests.tui.seat import Seat

FOLDER = Path(__file__).parents[2] / "docs" / "pictures"
_FONT = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)  # a font from a foreign host; the page's own will do

_UNCONFIRMED = {"view": "outbox", "where": "state:uncertain"}
# What is opened, what is waited for, and the keys that lead to what is drawn.
_PICTURES: Mapping[str, tuple[Mapping[str, Any], str, tuple[str, ...]]] = {
    "overview": ({}, "1 paper waits to be sorted", ()),
    "outbox": ({"view": "outbox"}, "✓ delivered", ()),
    "delivery": (_UNCONFIRMED, "? unconfirmed", ("enter",)),
    "question": (_UNCONFIRMED, "? unconfirmed", ("enter", "v")),
    "document": ({"view": "documents", "where": "state:held"}, "! needs you", ("enter",)),
    "sort": ({"view": "inbox"}, "wrong_letterbox", ()),
    "settings": ({"view": "destinations", "one": "office"}, "papers@office.example", ("e",)),
    "keys": (_UNCONFIRMED, "? unconfirmed", ("enter", "question_mark")),
}


def main() -> None:
    """Draw them all."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="hub-pictures-") as root:
        stage = Stage(Path(root))
        play(stage, Telling(lambda _: None))
        for name in _PICTURES:
            hub = Hub.open(Config(home=stage.home))
            (FOLDER / f"{name}.svg").write_text(_FONT.sub("", asyncio.run(_drawn(hub, name))), encoding="utf-8")
            hub.close()


async def _drawn(hub: Hub, name: str) -> str:
    start, expected, keys = _PICTURES[name]
    app = Dashboard(Start(**start), lambda: hub)
    async with app.run_test(size=(80, 24)) as pilot:
        seat = Seat(app, pilot)
        await seat.sees(expected)
        for key in keys:
            await seat.press(key)
            await seat.settled()
        return app.export_screenshot(title=f"hub tui: {name}", simplify=True)


if __name__ == "__main__":
    main()
