"""One document: its facts, what is to note about it, and where it went. Hold it, or let it go."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import work
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widget import Widget

from hub.app import deeds, ledger
from hub.app.deeds import Act
from hub.app.ledger import Paper
from hub_tui import words
from hub_tui.messages import Acted, Go, Picked
from hub_tui.screens.confirm import Confirm, Question
from hub_tui.screens.outbox import DELIVERY_COLUMNS
from hub_tui.screens.page import Page
from hub_tui.session import Session, Target
from hub_tui.widgets.badge import badge
from hub_tui.widgets.facts import Facts
from hub_tui.widgets.window import Window


class DocumentPage(Page):
    """The page of a document."""

    DEFAULT_CSS = """
    DocumentPage #facts { height: 1fr; padding: 0 1; }
    DocumentPage #deliveries { height: 7; border-top: solid $panel; }
    """
    ACTING: ClassVar[frozenset[str]] = frozenset({"hold", "release"})
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("h", "hold", "Hold"),
        Binding("l", "release", "Let go"),
    ]

    def __init__(self, session: Session, document_id: int) -> None:
        super().__init__(session)
        self.document_id = document_id
        self.heading = f"document {document_id}"
        self.paper: Paper | None = None

    def body(self) -> Iterable[Widget]:
        """Facts above, deliveries below."""
        with VerticalScroll(id="facts", can_focus=True):
            yield Facts("")
        yield Window(
            DELIVERY_COLUMNS, id="deliveries", empty="It goes nowhere yet: hub doc deliver --to NAME sends it."
        )

    def read(self) -> Paper:
        """From the ledger."""
        return ledger.paper(self.session.hub, self.document_id)

    def show(self, answer: Paper) -> None:
        """Facts, problems, deliveries."""
        first, self.paper = self.paper is None, answer
        line = answer.line
        title = f"{words.kind(line.kind)} {line.number}"
        self.query_one(Facts).tell(title, badge(line.state), answer.facts, answer.problems)
        table = self.query_one("#deliveries", Window)
        table.show_all({line.id: line for line in answer.deliveries})
        if first and answer.deliveries:
            table.focus()
        self.refresh_bindings()

    def why_not(self, action: str) -> str:
        """Held papers can be let go, others held."""
        held = self.paper is not None and self.paper.line.state == "held"
        if action == "release" and not held:
            return "This document is not held."
        if action == "hold" and held:
            return "This document is held already."
        return super().why_not(action)

    def on_picked(self, message: Picked) -> None:
        """To the delivery's own page."""
        self.app.post_message(Go(Target("delivery", message.id)))

    def action_hold(self) -> None:
        """Keep it from going anywhere further."""
        self._ask(Act.HOLD, "Hold", "It goes nowhere further. What is being sent right now is not stopped.")

    def action_release(self) -> None:
        """Let it go."""
        self._ask(Act.RELEASE, "Let go", "It goes where it was to go.")

    @work(exclusive=True, group="ask", exit_on_error=False)
    async def _ask(self, act: Act, verb: str, after: str) -> None:
        if self.paper is None:
            return
        line = self.paper.line
        places = ", ".join(dict.fromkeys(one.destination for one in self.paper.deliveries)) or "no destination"
        question = Question(
            sentence=f"{verb} 1 document, bound for {places}?", about=[f"{line.number} {line.party}"], after=after
        )
        if await self.app.push_screen_wait(Confirm(question)):
            self._do(act)

    @work(thread=True, exclusive=True, group="act", exit_on_error=False)
    def _do(self, act: Act) -> None:
        self.post_message(Acted(act.value, deeds.do(self.session.hub, act, [self.document_id])))
