"""One destination: how it stands, its settings and guards; test it, pause it, resume it, edit its settings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from textual import work
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from hub.app import board, draft, places
from hub.app.board import Place
from hub.app.deeds import Done
from hub.app.draft import Form
from hub.app.setting import Setting, Shape
from hub.core.delivery import DestinationState
from hub.errors import HubError, NotFoundError
from hub.plugins.types import Health
from hub_tui import words
from hub_tui.messages import Acted, Go, Tested
from hub_tui.screens.confirm import Confirm, Question
from hub_tui.screens.page import Page
from hub_tui.session import Session, Target
from hub_tui.widgets.badge import Tone, badge, coloured
from hub_tui.widgets.facts import Fact, Facts

_GUARDS = ("from", "approve", "on_uncertain", "kinds", "company")


@dataclass(frozen=True, slots=True)
class Told:
    """What the page shows; `fault` says why there is no form (the plugin is gone, the key is missing)."""

    place: Place
    guards: Mapping[str, Any]
    form: Form | None
    fault: str


class DestinationPage(Page):
    """The page of a destination."""

    DEFAULT_CSS = """
    DestinationPage VerticalScroll { padding: 0 1; }
    DestinationPage #steps { margin-top: 1; }
    """
    ACTING: ClassVar[frozenset[str]] = frozenset({"edit", "pause", "resume"})
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("e", "edit", "Edit"),
        Binding("t", "test", "Test"),
        Binding("z", "pause", "Pause"),
        Binding("u", "resume", "Resume"),
        Binding("o", "outbox", "Its outbox"),
    ]

    def __init__(self, session: Session, name: str) -> None:
        super().__init__(session)
        self.destination = name
        self.heading = words.plain(name, 40)
        self.told: Told | None = None

    def body(self) -> Iterable[Widget]:
        """How it stands above, the test's steps below."""
        with VerticalScroll(can_focus=True):
            yield Facts("")
            yield Static("", id="steps")

    def on_mount(self) -> None:
        """Arrow keys scroll."""
        self.query_one(VerticalScroll).focus()

    def read(self) -> Told:
        """Place, guards and form."""
        hub = self.session.hub
        place = next((one for one in board.board(hub).places if one.name == self.destination), None)
        if place is None:
            raise NotFoundError(f"there is no destination called {self.destination}", action="it was removed")
        guards = next(one for one in places.listed(hub) if one["name"] == self.destination)
        try:
            return Told(place, guards, draft.form(hub, self.destination), "")
        except HubError as error:
            return Told(place, guards, None, error.message)

    def show(self, answer: Told) -> None:
        """All of it."""
        self.told = answer
        self.query_one(Facts).tell(answer.place.name, badge(answer.place.state), _facts(answer))
        self.refresh_bindings()

    def why_not(self, action: str) -> str:
        """Only what is active can be paused, only what is not can be resumed."""
        state = None if self.told is None else self.told.place.state
        if action == "pause" and state is DestinationState.PAUSED:
            return "It is paused already."
        if action == "resume" and state is DestinationState.ACTIVE:
            return "It is active: nothing is to be resumed."
        if action == "edit" and self.told is not None and self.told.form is None:
            return f"Its settings cannot be read: {self.told.fault}"
        return super().why_not(action)

    def action_edit(self) -> None:
        """The form."""
        self.app.post_message(Go(Target("settings", self.destination)))

    def action_outbox(self) -> None:
        """Its deliveries."""
        self.app.post_message(Go(Target("outbox", where=f'dest:"{self.destination}"')))

    # -- test ---------------------------------------------------------------------------------------------------------

    def action_test(self) -> None:
        """Ask the far side; nothing is written there."""
        self.query_one("#steps", Static).update(coloured("Testing ...", Tone.DIM))
        self._test()

    @work(thread=True, exclusive=True, group="test", exit_on_error=False)
    def _test(self) -> None:
        self.post_message(Tested(places.test(self.session.hub, self.destination)))

    def on_tested(self, message: Tested) -> None:
        """The steps, with ticks."""
        self.call_after_refresh(self.query_one(VerticalScroll).scroll_end, animate=False)
        self.query_one("#steps", Static).update(_steps(message.health))

    def failed(self, error: BaseException) -> None:
        """Also what a test raised."""
        self.query_one("#steps", Static).update("")
        super().failed(error)

    # -- pause and resume ---------------------------------------------------------------------------------------------

    def action_pause(self) -> None:
        """Papers wait."""
        self._ask("Pause", "Papers for it wait, and burn no tries.")

    def action_resume(self) -> None:
        """Papers go again."""
        self._ask("Resume", "Papers for it go again, with a closed breaker.")

    @work(exclusive=True, group="ask", exit_on_error=False)
    async def _ask(self, verb: str, after: str) -> None:
        waiting = self.told.place.queued if self.told else 0
        sentence = f"{verb} 1 destination, {self.destination}, with {words.counted(waiting, 'delivery')} queued?"
        if await self.app.push_screen_wait(Confirm(Question(sentence=sentence, after=after))):
            self._set(verb)

    @work(thread=True, exclusive=True, group="act", exit_on_error=False)
    def _set(self, verb: str) -> None:
        change = places.pause if verb == "Pause" else places.resume
        change(self.session.hub, self.destination)
        self.post_message(Acted(verb.lower(), Done(1, ())))


def _facts(told: Told) -> Iterator[Fact]:
    place, form = told.place, told.form
    why = ": ".join(filter(None, (place.reason, place.detail)))
    yield "why", f"{why}, {words.turn(place.turn)}" if why else ""
    yield "plugin", f"{place.plugin}, {place.role}"
    yield "queued", f"{place.queued}, {place.needs_you} need you"
    yield from ((name.replace("_", " "), _listed(told.guards[name])) for name in _GUARDS)
    yield "settings", told.fault
    if form is not None:
        yield from ((setting.name, _value(setting)) for setting in form.settings)
        yield "connection", _shared(form)


def _listed(value: Any) -> str:
    return ", ".join(value) if isinstance(value, list) else str(value)


def _value(setting: Setting) -> str:
    if setting.shape is Shape.SECRET:
        return "***" if setting.is_set else "not set"
    return setting.value or (f"{setting.default} (default)" if setting.default else "")


def _shared(form: Form) -> str:
    others = f", shared with {', '.join(form.shared_with)}" if form.shared_with else ""
    return f"{form.connection}{others}"


def _steps(health: Health) -> Content:
    """A tick or a cross for each step, and what was seen."""
    lines = []
    for step in health.steps:
        mark = coloured("✓ ok    ", Tone.GOOD) if step.ok else coloured("✗ failed", Tone.BAD)
        lines.append(Content.assemble(mark, f"  {words.plain(step.name, 30)}  ", (words.plain(step.message), "")))
    verdict = coloured("Deliveries would work.", Tone.GOOD) if health.ok else coloured("They would not work.", Tone.BAD)
    return Content("\n").join([*lines, verdict])
