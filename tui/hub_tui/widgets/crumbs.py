"""The two lines on top: the areas with their keys, and the way to the page that is open."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.widgets import Static

from hub.app.board import View

AREAS: dict[View, str] = {
    View.OVERVIEW: "Overview",
    View.OUTBOX: "Outbox",
    View.DOCUMENTS: "Documents",
    View.INBOX: "To sort",
    View.DESTINATIONS: "Destinations",
}


_KEYS = " ? keys q quit"


class Crumbs(Static):
    """Where one is."""

    DEFAULT_CSS = """
    Crumbs { height: 2; background: $panel; }
    """

    def tell(self, area: str, way: Sequence[str], notes: str) -> None:
        """Show the area, the pages that led here, and a note at the right."""
        tabs = [
            (f" {number} {title} ", "reverse bold" if view == area else "")
            for number, (view, title) in enumerate(AREAS.items(), start=1)
        ]
        room = max(0, self.size.width - len(notes) - 1)
        trail = Content(" > ".join(way)).truncate(room, pad=True, ellipsis=True)
        lines = (
            Content.assemble("hub ", *tabs, (_KEYS, "dim")),
            Content.assemble(trail, " ", (notes, "dim")),
        )
        self.update(Content("\n").join(lines))
