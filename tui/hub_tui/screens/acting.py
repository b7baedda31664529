"""Acts on deliveries, shared by the outbox and the page of one delivery: what may be done, the question, the doing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import work
from textual.binding import Binding, BindingType

from hub.app import deeds
from hub.app.deeds import Act
from hub.app.ledger import DeliveryLine
from hub.core.delivery import State
from hub_tui import words
from hub_tui.messages import Acted
from hub_tui.screens.confirm import Confirm, Question
from hub_tui.screens.page import Page
from hub_tui.widgets.badge import badge


@dataclass(frozen=True, slots=True)
class Verb:
    """How an act is asked for, which states it is for, and what follows."""

    ask: str
    states: frozenset[State]
    after: str


_VERBS: Mapping[Act, Verb] = {
    Act.APPROVE: Verb("Approve", frozenset({State.HELD}), "They go with the next run."),
    Act.RETRY: Verb("Retry", frozenset({State.QUEUED, State.HELD}), "Due now, with the same key."),
    Act.ARRIVED: Verb(
        "Say that it arrived:", frozenset({State.UNCERTAIN}), "The ledger will say delivered, by your word."
    ),
    Act.RESEND: Verb(
        "Send again:", frozenset({State.UNCERTAIN}), "Same key, same bytes. If it did arrive, it may be there twice."
    ),
    Act.CANCEL: Verb("Cancel", frozenset({State.QUEUED, State.HELD, State.UNCERTAIN}), "Stopped for good."),
}


def refusal(act: Act, line: DeliveryLine) -> str:
    """Why an act is not for this delivery; empty when it is."""
    state, verb = State(line.state), _VERBS[act]
    if state is State.SENDING:
        return "It is being sent right now: its outcome comes first."
    if state not in verb.states:
        fitting = " or ".join(f"`{badge(one).word}`" for one in sorted(verb.states))
        return f"It is `{badge(state).word}`; this is for {fitting}."
    if act is Act.APPROVE and line.reason != "approval":
        return f"It is held for {words.plain(line.reason, 40)}, not for approval: retry it once that is mended."
    if act is Act.RETRY and line.reason == "approval":
        return "It waits for approval: approve it instead."
    return ""


class Acting(Page):
    """A page on which deliveries can be chosen."""

    ACTING: ClassVar[frozenset[str]] = frozenset(_VERBS)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "approve", "Approve"),
        Binding("r", "retry", "Retry"),
        Binding("v", "arrived", "Arrived"),
        Binding("s", "resend", "Resend"),
        Binding("x", "cancel", "Cancel"),
    ]

    def chosen(self) -> Sequence[DeliveryLine]:
        """The deliveries that an act would be about, as far as they are known."""
        return ()

    def chosen_ids(self) -> Sequence[int]:
        """Their ids, all of them."""
        return [line.id for line in self.chosen()]

    def why_not(self, action: str) -> str:
        """An act must fit one of the deliveries at least."""
        if action not in _VERBS:
            return super().why_not(action)
        lines = self.chosen()
        if not lines:
            return "Nothing is chosen."
        refusals = [refusal(Act(action), line) for line in lines]
        return super().why_not(action) or (refusals[0] if all(refusals) else "")

    @work(exclusive=True, group="ask", exit_on_error=False)
    async def ask(self, act: Act) -> None:
        """Ask first, naming what it is about."""
        ids, lines = self.chosen_ids(), self.chosen()
        places = sorted({words.plain(line.destination, 40) for line in lines})
        verb = _VERBS[act]
        sentence = f"{verb.ask} {words.counted(len(ids), 'delivery')} at {', '.join(places)}?"
        about = [f"{line.number} {words.kind(line.kind)} {line.party}" for line in lines]
        if await self.app.push_screen_wait(Confirm(Question(sentence=sentence, about=about, after=verb.after))):
            self._do(act, ids)

    @work(thread=True, exclusive=True, group="act", exit_on_error=False)
    def _do(self, act: Act, ids: Sequence[int]) -> None:
        self.post_message(Acted(act.value, deeds.do(self.session.hub, act, ids)))

    def action_approve(self) -> None:
        """Say yes to papers that wait for approval."""
        self.ask(Act.APPROVE)

    def action_retry(self) -> None:
        """Make them due now."""
        self.ask(Act.RETRY)

    def action_arrived(self) -> None:
        """Say of an unconfirmed one that it arrived."""
        self.ask(Act.ARRIVED)

    def action_resend(self) -> None:
        """Say of an unconfirmed one that it must go again."""
        self.ask(Act.RESEND)

    def action_cancel(self) -> None:
        """Stop them for good."""
        self.ask(Act.CANCEL)
