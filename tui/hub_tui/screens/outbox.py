"""The outbox: every delivery, newest first, with what a person may do to those that are chosen."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from hub.app import ledger
from hub.app.ledger import DeliveryLine
from hub_tui import words
from hub_tui.messages import Go, Picked
from hub_tui.screens.acting import Acting
from hub_tui.screens.listing import Listing
from hub_tui.session import Session, Target
from hub_tui.widgets.badge import Tone, badge
from hub_tui.widgets.window import Cell, Column


def state_cell(line: DeliveryLine) -> Cell:
    """Glyph, word and colour."""
    shown = badge(line.state)
    return str(shown), shown.tone


def _reason(line: DeliveryLine) -> Cell:
    if line.state == "queued" and line.next_attempt_at is not None and line.tries:
        return f"{line.tries} tries, {line.next_attempt_at:%H:%M}", Tone.DIM
    return words.plain(line.reason, 60), Tone.DIM


DELIVERY_COLUMNS = (
    Column(title="id", width=6, cell=lambda line: (str(line.id), Tone.DIM), right=True),
    Column(title="state", width=14, cell=state_cell),
    Column(title="number", width=14, cell=lambda line: (words.plain(line.number, 40), Tone.PLAIN)),
    Column(title="party", width=0, cell=lambda line: (words.plain(line.party, 80), Tone.PLAIN)),
    Column(title="destination", width=11, cell=lambda line: (words.plain(line.destination, 40), Tone.PLAIN)),
    Column(title="reason", width=12, cell=_reason),
)


class Outbox(Listing, Acting):
    """The list of deliveries."""

    COLUMNS = DELIVERY_COLUMNS
    EMPTY = "No delivery yet: papers come in by `hub import FILE`, and go where\n`hub destination add` says."
    EXAMPLE = "state:held,uncertain dest:NAME since:7d text"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("space", "mark", "Mark")]

    def __init__(self, session: Session, where: str = "") -> None:
        super().__init__(session, where)
        self.heading = "Outbox"

    def ids(self, where: str, above: int) -> Iterator[array[int]]:
        """From the ledger."""
        return ledger.delivery_ids(self.session.hub, where, above)

    def lines(self, ids: Sequence[int]) -> Mapping[int, DeliveryLine]:
        """From the ledger."""
        return ledger.deliveries(self.session.hub, ids)

    def chosen(self) -> Sequence[DeliveryLine]:
        """What is marked, else what is under the cursor."""
        found = [self.table.line_of(one) for one in self.chosen_ids()]
        return [line for line in found if line is not None]

    def chosen_ids(self) -> Sequence[int]:
        """The same, also of lines that are out of sight."""
        if self.table.marks:
            return sorted(self.table.marks)
        return [] if self.table.current is None else [self.table.current]

    def action_mark(self) -> None:
        """Mark the line under the cursor."""
        self.table.toggle_mark()
        self._tell_marks()

    def _tell_marks(self) -> None:
        marked = f" ({len(self.table.marks)} marked)" if self.table.marks else ""
        self.heading = f"Outbox{marked}"
        self.tell_way()

    def action_back(self) -> None:
        """Marks go first."""
        super().action_back()
        self._tell_marks()

    def on_picked(self, message: Picked) -> None:
        """To the delivery's own page."""
        self.app.post_message(Go(Target("delivery", message.id)))
