"""The overview: every destination at a glance, and what needs a person; enter leads to either."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from hub.app import board
from hub.app.board import Board, Need, Place, View
from hub.core.delivery import Turn
from hub_tui import words
from hub_tui.messages import Go, Picked
from hub_tui.screens.page import Page
from hub_tui.session import Session, Target
from hub_tui.widgets.badge import Tone, badge, coloured
from hub_tui.widgets.window import Cell, Column, Window

_MOST_PLACES = 9  # lines of 24 that the destinations may take


def _state(place: Place) -> Cell:
    shown = badge(place.state)
    return str(shown), shown.tone


def _needs(place: Place) -> Cell:
    return str(place.needs_you), Tone.WARN if place.needs_you else Tone.DIM


def _turn(place: Place) -> Cell:
    return place.turn or "-", Tone.WARN if place.turn is Turn.YOU else Tone.PLAIN


class Overview(Page):
    """The page one starts on."""

    DEFAULT_CSS = """
    Overview .title { padding: 0 1; text-style: bold; background: $surface; }
    Overview #needs { height: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("tab", "app.focus_next", "Other list")]

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.heading = "Overview"
        self.board: Board | None = None

    def body(self) -> Iterable[Widget]:
        """Two tables."""
        yield Static("", id="health", classes="title")
        yield Window(self._columns(), id="places", empty="No destination yet: `hub destination add NAME PLUGIN`.")
        yield Static("What needs you", classes="title")
        yield Window(_NEEDS, id="needs", empty="Nothing needs you.")

    def _columns(self) -> tuple[Column, ...]:
        def last(place: Place) -> Cell:
            return words.moment(place.last_delivered_at, self.now), Tone.DIM

        return (
            Column(title="destination", width=0, cell=lambda place: (words.plain(place.name, 60), Tone.PLAIN)),
            Column(title="role", width=8, cell=lambda place: (place.role, Tone.PLAIN)),
            Column(title="state", width=8, cell=_state),
            Column(title="turn", width=10, cell=_turn),
            Column(title="queued", width=6, cell=lambda place: (str(place.queued), Tone.PLAIN), right=True),
            Column(title="needs you", width=9, cell=_needs, right=True),
            Column(title="last delivered", width=16, cell=last),
        )

    def read(self) -> Board:
        """The board."""
        return board.board(self.session.hub)

    def show(self, answer: Board) -> None:
        """Destinations above, needs below."""
        first, self.board = self.board is None, answer
        places, needs = self.query_one("#places", Window), self.query_one("#needs", Window)
        places.styles.height = min(_MOST_PLACES, max(1, len(answer.places))) + 1
        places.show_all({place.id: place for place in answer.places})
        needs.show_all(dict(enumerate(answer.needs)))
        self.query_one("#health", Static).update(_health(answer))
        if first:
            (needs if answer.needs else places).focus()

    def on_picked(self, message: Picked) -> None:
        """To what needs a person, or to the destination."""
        if self.board is None:
            return
        if message.table == "needs":
            need = self.board.needs[message.id]
            self.app.post_message(Go(_target(need)))
        else:
            name = next(place.name for place in self.board.places if place.id == message.id)
            self.app.post_message(Go(Target("destination", name)))


_NEEDS = (
    Column(title="", width=14, cell=lambda need: (str(badge(need.state)), badge(need.state).tone)),
    Column(title="what", width=0, cell=lambda need: (words.plain(need.sentence), Tone.PLAIN)),
    Column(title="key", width=5, cell=lambda _: ("enter", Tone.DIM)),
)


def _target(need: Need) -> Target:
    if need.view is View.DESTINATIONS:
        return Target("destination", need.where)
    return Target(need.view, where=need.where)


def _health(answer: Board) -> Content:
    if answer.workers:
        return coloured(f"Delivering: {words.counted(answer.workers, 'process')} of `hub run`", Tone.GOOD)
    return coloured("Nothing delivers: no `hub run` is alive", Tone.WARN)
