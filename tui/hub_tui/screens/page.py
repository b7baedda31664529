"""What every page does: read the store in a thread, show the answer, read again when something was written."""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import datetime
from typing import Any, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Footer
from textual.worker import Worker, WorkerState

from hub.errors import HubError
from hub_tui import words
from hub_tui.messages import Acted, Answer
from hub_tui.screens.guide import Guide
from hub_tui.session import Session
from hub_tui.widgets.crumbs import Crumbs

_PATIENCE = 3  # a page that takes long to read is read less often: it rests three times as long


class Page(Screen[None]):
    """A page. `area` is the area it belongs to, `heading` its place in the way that leads here.

    `ACTING` are its actions that change something: with `--read-only` they are dimmed.
    """

    ACTING: ClassVar[frozenset[str]] = frozenset()
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Back", show=False),
        Binding("question_mark", "guide", "Keys"),
    ]

    heading = ""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.generation = 0
        self._seen: int | None = None
        self._started = 0.0
        self._rest_until = 0.0
        self._reading = False

    def compose(self) -> ComposeResult:
        """Crumbs, the page's own widgets, the keys."""
        yield Crumbs()
        yield from self.body()
        yield Footer(show_command_palette=False, compact=True)

    def body(self) -> Iterable[Widget]:
        """The page's own widgets."""
        return ()

    # -- reading ------------------------------------------------------------------------------------------------------

    def read(self) -> Any:
        """What the page shows, read from the store; runs in a thread."""
        return None

    def show(self, answer: Any) -> None:
        """Show what was read."""

    def look(self) -> None:
        """Read it now."""
        self.generation += 1
        self._seen, self._started, self._reading = self.session.mark, time.monotonic(), True
        self._read(self.generation)

    @work(thread=True, exclusive=True, group="page", exit_on_error=False)
    def _read(self, generation: int) -> None:
        self.post_message(Answer(generation, self.read()))

    def on_answer(self, message: Answer) -> None:
        """Show it, unless something newer was asked for."""
        if message.generation == self.generation:
            self.came()
            self.show(message.value)

    def came(self) -> None:
        """What was asked for is here."""
        now = time.monotonic()
        self._reading, self._rest_until = False, now + _PATIENCE * (now - self._started)
        self.tell_way()

    def changed(self) -> None:
        """Something may have been written: read again, when the page is at rest and has not seen it."""
        if self._seen != self.session.mark and not self._reading and time.monotonic() >= self._rest_until:
            self.look()

    def on_mount(self) -> None:
        """The page is there before what it shows."""
        self.tell_way()
        self.look()

    def on_screen_resume(self) -> None:
        """It was covered for a while."""
        self.tell_way()
        if self.generation:
            self.changed()

    def on_resize(self) -> None:
        """The way fits the width."""
        self.call_after_refresh(self.tell_way)

    def tell_way(self) -> None:
        """Show where one is, and when it was read."""
        way = [page.heading for page in self.app.screen_stack if isinstance(page, Page)]
        notes = f"{'read-only  ' if self.session.read_only else ''}{self.now:%H:%M:%S} UTC"
        self.query_one(Crumbs).tell(self.app.current_mode, way, notes)

    @property
    def now(self) -> datetime:
        """The hub's clock."""
        return self.session.hub.now()

    # -- when it goes wrong -------------------------------------------------------------------------------------------

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """What a thread raised is told; the page stays as it was."""
        if event.state is WorkerState.ERROR and event.worker.error is not None:
            self._reading = False
            self.failed(event.worker.error)

    def failed(self, error: BaseException) -> None:
        """Say what went wrong, and what to do."""
        if isinstance(error, HubError):
            self.tell(f"{error.message} ({error.code}). {error.action}", bad=True)
        else:
            self.tell(f"{type(error).__name__}: {error}", bad=True)

    def tell(self, sentence: str, *, bad: bool = False) -> None:
        """A short note; nothing in it is markup."""
        self.notify(words.plain(sentence), severity="error" if bad else "information", markup=False)

    def on_acted(self, message: Acted) -> None:
        """Tell how an act came out, and look at what it changed."""
        if message.done.count:
            self.tell(f"{message.verb}: {message.done.count} done")
        for failure in message.done.failures[:3]:
            self.failed(failure)
        self.look()

    # -- keys ---------------------------------------------------------------------------------------------------------

    def why_not(self, action: str) -> str:
        """Why an action cannot be done now; empty when it can."""
        if action in self.ACTING and self.session.read_only:
            return "This dashboard only reads: it was started with --read-only."
        return ""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002 - Textual's shape
        """Dim the key of what cannot be done."""
        return None if self.why_not(action) else True

    def action_back(self) -> None:
        """To the page before this one."""
        if len(self.app.screen_stack) > 1:
            self.app.pop_screen()

    def action_guide(self) -> None:
        """All keys of this page."""
        self.app.push_screen(Guide.of(self))
