"""`?`: every key that does something here, made from the bindings themselves, and why a dimmed one does nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import ActiveBinding, Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen, Screen
from textual.widgets import Static

Line = tuple[str, str, str]  # key, what it does, why it does not


class Guide(ModalScreen[None]):
    """The keys."""

    DEFAULT_CSS = """
    Guide { align: center middle; }
    Guide > VerticalScroll {
        width: 72; height: auto; max-height: 90%; background: $surface; border: round $primary; padding: 0 1;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,question_mark,q", "dismiss", "Close")]

    def __init__(self, lines: Sequence[Line]) -> None:
        super().__init__()
        self.lines = lines

    @classmethod
    def of(cls, screen: Screen[None]) -> Guide:
        """The guide to a screen as it is now."""
        return cls(tuple(_lines(screen)))

    def compose(self) -> ComposeResult:
        """A line for each key."""
        with VerticalScroll():
            yield Static(_grid(self.lines))


def _lines(screen: Screen[None]) -> Iterator[Line]:
    """The page's own keys first, then those of the dashboard, then those of the widget in focus."""
    reason_of = getattr(screen, "why_not", lambda _: "")
    ours = sorted(screen.active_bindings.values(), key=lambda active: _rank(screen, active))
    keys: dict[str, dict[str, None]] = {}
    for active in ours:
        keys.setdefault(active.binding.action, {})[screen.app.get_key_display(active.binding)] = None
    for active in ours:
        binding = active.binding
        if binding.description and not binding.system and binding.action in keys:
            pressed = " ".join(keys.pop(binding.action))
            yield pressed, binding.description, "" if active.enabled else reason_of(binding.action)


def _rank(screen: Screen[None], active: ActiveBinding) -> int:
    inherited = active.binding.action.startswith(("app.focus", "screen.copy"))
    return 3 if inherited else 0 if active.node is screen else 1 if active.node is screen.app else 2


def _grid(lines: Sequence[Line]) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(justify="right", style="bold", no_wrap=True)
    grid.add_column(overflow="fold")
    for key, does, why_not in lines:
        told = Text(does)
        grid.add_row(key, told.append(f"\nnot now: {why_not}", "dim") if why_not else told)
    return grid
