"""The question before an act: verb, count and destination, the first of what it is about; No is the default."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Static

from hub_tui import words

_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked. `about` are lines, the first five are shown; `reason` asks for one in words too."""

    sentence: str
    about: Sequence[str] = ()
    after: str = ""
    reason: str = ""


class Confirm(ModalScreen[str | None]):
    """Ends with None for no; with `yes`, or the reason that was typed."""

    DEFAULT_CSS = """
    Confirm { align: center middle; }
    Confirm > Vertical {
        width: 72; height: auto; background: $surface; border: round $warning; padding: 1 2;
    }
    Confirm Horizontal { height: auto; align-horizontal: right; margin-top: 1; }
    Confirm Button { margin-left: 2; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,n", "no", "No"),
        Binding("y", "yes", "Yes"),
        Binding("left,right", "app.focus_next", "Other button", show=False),
    ]

    def __init__(self, question: Question) -> None:
        super().__init__()
        self.question = question

    def compose(self) -> ComposeResult:
        """The question and two buttons."""
        asked = self.question
        lines = [words.plain(asked.sentence), *(f"  {words.plain(line, 62)}" for line in asked.about[:_SHOWN])]
        if len(asked.about) > _SHOWN:
            lines.append(f"  ... and {len(asked.about) - _SHOWN} more")
        with Vertical():
            yield Static(Content("\n".join([*lines, *filter(None, ("", asked.after))])))
            if asked.reason:
                yield Input(placeholder=asked.reason, id="reason", compact=True)
            with Horizontal():
                yield Button("No", id="no")
                yield Button("Yes", id="yes", variant="warning")

    def on_mount(self) -> None:
        """No is what enter says, unless a reason has to be typed first."""
        self.query_one("#reason" if self.question.reason else "#no").focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """One of both."""
        self.action_yes() if event.button.id == "yes" else self.action_no()

    def on_input_submitted(self) -> None:
        """The reason is typed: back to the buttons, where No is first."""
        self.query_one("#no").focus()

    def action_yes(self) -> None:
        """Do it; a reason that is asked for must be there."""
        if not self.question.reason:
            self.dismiss("yes")
        elif reason := self.query_one("#reason", Input).value.strip():
            self.dismiss(reason)
        else:
            self.notify(self.question.reason, severity="warning", markup=False)
            self.query_one("#reason").focus()

    def action_no(self) -> None:
        """Leave it."""
        self.dismiss(None)
