"""One delivery: why it is where it is, whose turn it is, what mends it, and every attempt."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widget import Widget

from hub.app import cause, ledger
from hub.app.cause import Cause
from hub.app.ledger import DeliveryLine, Tried
from hub.app.mend import Mend
from hub_tui import words
from hub_tui.messages import Go
from hub_tui.screens.acting import Acting
from hub_tui.session import Session, Target
from hub_tui.widgets.badge import badge
from hub_tui.widgets.facts import Fact, Facts
from hub_tui.widgets.timeline import Timeline

_KEYS: Mapping[Mend, str] = {
    Mend.APPROVE: "press a",
    Mend.RETRY: "press r",
    Mend.RESOLVE: "press v when it arrived, s to send it again",
    Mend.CANCEL: "press x",
    Mend.RELEASE: "press d for the document, then l",
    Mend.DESTINATION: "press g for the destination",
}


@dataclass(frozen=True, slots=True)
class Told:
    """What the page shows."""

    line: DeliveryLine
    cause: Cause
    tried: tuple[Tried, ...]


class DeliveryPage(Acting):
    """The page of a delivery."""

    DEFAULT_CSS = """
    DeliveryPage VerticalScroll { padding: 0 1; }
    DeliveryPage #attempts { margin-top: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("p", "preview", "Preview"),
        Binding("d", "document", "Paper"),
        Binding("g", "destination", "Where"),
    ]

    def __init__(self, session: Session, delivery_id: int) -> None:
        super().__init__(session)
        self.delivery_id = delivery_id
        self.heading = f"delivery {delivery_id}"
        self.told: Told | None = None

    def body(self) -> Iterable[Widget]:
        """Why above, attempts below, in one that scrolls."""
        with VerticalScroll(can_focus=True):
            yield Facts("")
            yield Timeline("", id="attempts")

    def on_mount(self) -> None:
        """Arrow keys scroll."""
        self.query_one(VerticalScroll).focus()

    def read(self) -> Told:
        """From the ledger."""
        why = cause.why(self.session.hub, self.delivery_id)
        line = ledger.deliveries(self.session.hub, [self.delivery_id])[self.delivery_id]
        return Told(line, why, ledger.attempts(self.session.hub, self.delivery_id))

    def show(self, answer: Told) -> None:
        """Why, and the attempts."""
        self.told = answer
        line = answer.line
        title = f"{words.kind(line.kind)} {line.number} for {line.destination}"
        self.query_one(Facts).tell(title, badge(line.state), self._facts(answer))
        self.query_one(Timeline).tell(answer.tried, self.now)
        self.refresh_bindings()

    def _facts(self, told: Told) -> Iterator[Fact]:
        line, why = told.line, told.cause
        yield from (("party", line.party), ("cause", why.cause), ("turn", words.turn(why.turn)))
        if why.next_attempt_at is not None and why.next_attempt_at > self.now:
            yield "next try", f"{words.moment(why.next_attempt_at, self.now)} UTC"
        if line.delivered_at is not None:
            yield "delivered", f"{words.moment(line.delivered_at, self.now)} UTC"
        if why.mend in _KEYS:
            yield "to do", _KEYS[why.mend]
        if why.command:
            yield "or type" if why.mend in _KEYS else "to do", why.command

    def chosen(self) -> Sequence[DeliveryLine]:
        """This one."""
        return [] if self.told is None else [self.told.line]

    def why_not(self, action: str) -> str:
        """A pack is no document."""
        if action == "document" and self.told is not None and self.told.line.document is None:
            return "This is a pack, the papers of a period: it has no document of its own."
        return super().why_not(action)

    def action_preview(self) -> None:
        """The bytes."""
        self.app.post_message(Go(Target("preview", self.delivery_id)))

    def action_document(self) -> None:
        """The paper."""
        if self.told is not None and self.told.line.document is not None:
            self.app.post_message(Go(Target("document", self.told.line.document)))

    def action_destination(self) -> None:
        """Where it goes."""
        if self.told is not None:
            self.app.post_message(Go(Target("destination", self.told.line.destination)))
