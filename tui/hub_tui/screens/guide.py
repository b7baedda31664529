"""`?`: every key that does something here, made from the bindings themselves, and why a dimmed one does nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
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
            yield Static(Content("\n").join(map(_told, self.lines)))


def _lines(screen: Screen[None]) -> Iterator[Line]:
    reason_of = getattr(screen, "why_not", lambda _: "")
    told: set[str] = set()
    for active in screen.active_bindings.values():
        binding = active.binding
        if binding.description and not binding.system and binding.action not in told:
            told.add(binding.action)
            keys = [found.key for found in (one.binding for one in screen.active_bindings.values())]
            same = [key for key in keys if screen.active_bindings[key].binding.action == binding.action]
            yield _keys(screen, same), binding.description, "" if active.enabled else reason_of(binding.action)


def _keys(screen: Screen[None], keys: Sequence[str]) -> str:
    return " ".join(dict.fromkeys(screen.app.get_key_display(screen.active_bindings[key].binding) for key in keys))


def _told(line: Line) -> Content:
    key, does, why_not = line
    told = Content.assemble((f"{key:>12}  ", "bold"), does)
    return told if not why_not else Content.assemble(told, (f"\n{'':14}not now: {why_not}", "$text-muted"))
