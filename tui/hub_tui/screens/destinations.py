"""The destinations: where papers go, with state, why, and what it lives from."""

from __future__ import annotations

from collections.abc import Iterable

from textual.widget import Widget

from hub.app import board
from hub.app.board import Board, Place
from hub_tui import words
from hub_tui.messages import Go, Picked
from hub_tui.screens.page import Page
from hub_tui.session import Session, Target
from hub_tui.widgets.badge import Tone, badge
from hub_tui.widgets.window import Cell, Column, Window


def _state(place: Place) -> Cell:
    shown = badge(place.state)
    return str(shown), shown.tone


def _why(place: Place) -> Cell:
    return words.plain(": ".join(filter(None, (place.reason, place.detail))), 120), Tone.DIM


_COLUMNS = (
    Column(title="destination", width=16, cell=lambda place: (words.plain(place.name, 60), Tone.PLAIN)),
    Column(title="plugin", width=12, cell=lambda place: (words.plain(place.plugin, 40), Tone.PLAIN)),
    Column(title="role", width=8, cell=lambda place: (place.role, Tone.PLAIN)),
    Column(title="state", width=8, cell=_state),
    Column(title="why", width=0, cell=_why),
    Column(title="open", width=5, cell=lambda place: (str(place.queued + place.needs_you), Tone.PLAIN), right=True),
)


class Destinations(Page):
    """The list of destinations."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.heading = "Destinations"
        self.names: dict[int, str] = {}

    def body(self) -> Iterable[Widget]:
        """One table."""
        yield Window(_COLUMNS, id="table", empty="No destination yet: `hub destination add NAME PLUGIN`.")

    def on_mount(self) -> None:
        """Keys go to the table."""
        self.query_one(Window).focus()

    def read(self) -> Board:
        """The board."""
        return board.board(self.session.hub)

    def show(self, answer: Board) -> None:
        """Its destinations."""
        self.names = {place.id: place.name for place in answer.places}
        self.query_one(Window).show_all({place.id: place for place in answer.places})

    def on_picked(self, message: Picked) -> None:
        """To the destination's own page."""
        self.app.post_message(Go(Target("destination", self.names[message.id])))
