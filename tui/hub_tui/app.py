"""The dashboard: its first paint, the home opened behind it, the areas, and the mark that tells of changes.

Nothing of the store is imported with this: that takes longer than a terminal should stay empty.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from textual import work
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.dom import DOMNode
from textual.screen import Screen
from textual.widgets import Static
from textual.worker import Worker, WorkerState

from hub_tui.messages import Go, Marked, Opened
from hub_tui.session import Session, Target

if TYPE_CHECKING:  # loaded in a thread, behind the first paint
    from hub.app import Hub

_TICK = 1.0  # seconds between two looks whether anything was written
_AREAS = ("overview", "outbox", "documents", "inbox", "destinations")
_PAGE_OF_ONE = {"outbox": "delivery", "documents": "document", "inbox": "incoming", "destinations": "destination"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """How the dashboard is asked for. `one` is what to open in the area: an id, or a destination's name."""

    view: str = "overview"
    where: str = ""
    one: str = ""
    read_only: bool = False

    def target(self, area: str) -> Target:
        """The first page of an area; the one that was asked for has the filter."""
        return Target(area, where=self.where if area == self.view else "")

    @property
    def opened(self) -> Target | None:
        """The page of the one object that was asked for."""
        if not self.one or self.view not in _PAGE_OF_ONE:
            return None
        return Target(_PAGE_OF_ONE[self.view], self.one)


class Dashboard(App[BaseException]):
    """Ends with the error of a home that could not be opened, or with nothing."""

    ENABLE_COMMAND_PALETTE = False
    TITLE = "hub"
    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(str(n), f"area('{area}')", f"To {area}", show=False) for n, area in enumerate(_AREAS, start=1)),
        Binding("q", "quit", "Quit", show=False),
    ]

    def __init__(self, start: Start, open_: Callable[[], Hub]) -> None:
        super().__init__()
        self.start = start
        self.open_home = open_
        self.session: Session | None = None

    def compose(self) -> ComposeResult:
        """What stands there until the home is open."""
        yield Static("hub  opening the home ...")

    def on_mount(self) -> None:
        """Paint first, then open."""
        self.call_after_refresh(self._open)

    @work(thread=True, exclusive=True, group="open", exit_on_error=False)
    def _open(self) -> None:
        from hub_tui.screens import page_of  # noqa: PLC0415 - behind the first paint

        self.post_message(Opened(Session(self.open_home(), self.start.read_only), page_of))

    def on_opened(self, message: Opened) -> None:
        """The areas, the one that was asked for first, and in it the one object."""
        self.session = message.session
        for area in _AREAS:
            self.add_mode(area, partial(self._first_page, message, area))
        self.switch_mode(self.start.view)
        if self.start.opened is not None:
            self.push_screen(message.pages(message.session, self.start.opened))
        self._pages = message.pages
        self.set_interval(_TICK, self._look)

    def _first_page(self, message: Opened, area: str) -> Screen[None]:
        return message.pages(message.session, self.start.target(area))

    def on_go(self, message: Go) -> None:
        """A page on top of this one."""
        if self.session is not None:
            self.push_screen(self._pages(self.session, message.target))

    def action_area(self, area: str) -> None:
        """To an area, as it was left."""
        if self.session is not None:
            self.switch_mode(area)

    @work(thread=True, exclusive=True, group="mark", exit_on_error=False)
    def _look(self) -> None:
        if self.session is not None:
            self.post_message(Marked(self.session.look()))

    def on_marked(self, message: Marked) -> None:
        """Let the page in sight read again what changed."""
        if self.session is not None and self.is_running:
            self.session.mark = message.mark
            if changed := getattr(self.screen, "changed", None):
                changed()

    async def run_action(self, action: Any, default_namespace: DOMNode | None = None, namespaces: Any = None) -> bool:
        """Do it; the key of what is dimmed says why."""
        why_not = getattr(default_namespace, "why_not", None)
        if why_not is not None and isinstance(action, str) and (reason := why_not(action)):
            self.notify(reason, severity="warning", markup=False)
            return True
        return await super().run_action(action, default_namespace, namespaces)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """A home that cannot be opened ends the dashboard; the command line says why."""
        if event.state is WorkerState.ERROR and event.worker.group == "open":
            self.exit(event.worker.error)
