"""One paper to sort: why it waits. Say what it is, or drop it with a reason."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import work
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widget import Widget

from hub.app import inbox
from hub.app.deeds import Done
from hub.app.inbox import Waiting
from hub.errors import NotFoundError
from hub_tui.messages import Acted, Go
from hub_tui.screens.confirm import Confirm, Question
from hub_tui.screens.page import Page
from hub_tui.session import Session, Target
from hub_tui.widgets.badge import badge
from hub_tui.widgets.facts import Facts


class IncomingPage(Page):
    """The page of a paper that waits."""

    DEFAULT_CSS = "IncomingPage VerticalScroll { padding: 0 1; }"
    ACTING: ClassVar[frozenset[str]] = frozenset({"assign", "drop"})
    BINDINGS: ClassVar[list[BindingType]] = [Binding("a", "assign", "Assign"), Binding("x", "drop", "Drop")]

    def __init__(self, session: Session, incoming_id: int) -> None:
        super().__init__(session)
        self.incoming_id = incoming_id
        self.heading = f"paper {incoming_id}"
        self.paper: Waiting | None = None

    def body(self) -> Iterable[Widget]:
        """What is known of it."""
        with VerticalScroll(can_focus=True):
            yield Facts("")

    def on_mount(self) -> None:
        """Arrow keys scroll."""
        self.query_one(VerticalScroll).focus()

    def read(self) -> Waiting:
        """From the inbox."""
        found = inbox.waiting(self.session.hub, [self.incoming_id]).get(self.incoming_id)
        if found is None:
            raise NotFoundError(f"there is no paper {self.incoming_id} in the inbox", action="esc goes back")
        return found

    def show(self, answer: Waiting) -> None:
        """Back to the list once it is dealt with."""
        self.paper = answer
        facts = [("arrived", f"{answer.arrived_at:%Y-%m-%d %H:%M} UTC"), ("size", f"{answer.size} bytes")]
        self.query_one(Facts).tell(answer.name, badge(answer.result), facts, answer.problems)
        self.refresh_bindings()

    def why_not(self, action: str) -> str:
        """A refused paper cannot become a document; what was dealt with is done."""
        result = self.paper.result if self.paper else ""
        if action == "assign" and result != "parked":
            return f"It is {result or 'not read yet'}: only a parked paper can be assigned."
        if action == "drop" and result not in {"parked", "refused"}:
            return f"It is {result or 'not read yet'}: nothing is left to drop."
        return super().why_not(action)

    def action_assign(self) -> None:
        """The form."""
        self.app.post_message(Go(Target("assign", self.incoming_id)))

    @work(exclusive=True, group="ask", exit_on_error=False)
    async def action_drop(self) -> None:
        """Ask for the reason, then put it aside."""
        about = [self.paper.name] if self.paper else []
        question = Question(
            sentence="Drop 1 paper, bound for no destination?",
            about=about,
            after="It is put aside for good; the reason is kept.",
            reason="Why is it no paper for the bookkeeper?",
        )
        if reason := await self.app.push_screen_wait(Confirm(question)):
            self._drop(reason)

    @work(thread=True, exclusive=True, group="act", exit_on_error=False)
    def _drop(self, reason: str) -> None:
        inbox.drop(self.session.hub, self.incoming_id, reason)
        self.post_message(Acted("drop", Done(1, ())))
