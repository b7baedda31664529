"""To sort: papers that were parked or refused, newest first."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence

from hub.app import inbox
from hub.app.inbox import Waiting
from hub_tui import words
from hub_tui.messages import Go, Picked
from hub_tui.screens.listing import Listing
from hub_tui.session import Session, Target
from hub_tui.widgets.badge import Tone, badge
from hub_tui.widgets.window import Cell, Column


def _state(line: Waiting) -> Cell:
    shown = badge(line.result)
    return str(shown), shown.tone


def _why(line: Waiting) -> Cell:
    return words.plain(line.problems[0] if line.problems else line.reason, 200), Tone.PLAIN


class Inbox(Listing):
    """The list of papers to sort."""

    COLUMNS = (
        Column(title="id", width=5, cell=lambda line: (str(line.id), Tone.DIM), right=True),
        Column(title="", width=10, cell=_state),
        Column(title="name", width=22, cell=lambda line: (words.plain(line.name, 80), Tone.PLAIN)),
        Column(title="why", width=0, cell=_why),
    )
    EMPTY = "Nothing is to be sorted: what `hub import` cannot place comes here."

    def __init__(self, session: Session, where: str = "") -> None:
        super().__init__(session, where)
        self.heading = "To sort"

    @property
    def shrinks(self) -> bool:
        """What is placed or dropped leaves."""
        return True

    def ids(self, where: str, above: int) -> Iterator[array[int]]:  # noqa: ARG002 - the shape of a list
        """From the inbox."""
        return inbox.waiting_ids(self.session.hub)

    def lines(self, ids: Sequence[int]) -> Mapping[int, Waiting]:
        """From the inbox."""
        return inbox.waiting(self.session.hub, ids)

    def why_not(self, action: str) -> str:
        """There is no filter here."""
        return "This list has no filter." if action == "filter" else super().why_not(action)

    def on_picked(self, message: Picked) -> None:
        """To the paper's own page."""
        self.app.post_message(Go(Target("incoming", message.id)))
