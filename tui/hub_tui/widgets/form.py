"""A form: a line for each field, what is wrong below it, and what the field in focus is about at the foot.

Text of a secret is never put into it; it is hidden while it is typed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Select, Static

from hub.app.setting import Shape
from hub_tui import words


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field. `hint` stands in it while it is empty, `about` at the foot while it has the focus."""

    key: str
    label: str
    shape: Shape = Shape.TEXT
    value: str = ""
    hint: str = ""
    about: str = ""
    required: bool = False
    choices: Sequence[tuple[str, str]] = ()  # label and value


_YES_NO = (("yes", "true"), ("no", "false"))  # words: a tick alone looks too much like none


class _Line(Vertical):
    """A field with its label, and below what is wrong with it."""

    def __init__(self, field: Field) -> None:
        super().__init__()
        self.field = field

    def compose(self) -> ComposeResult:
        star = "*" if self.field.required else " "
        with Horizontal():
            yield Static(Content(f"{star}{words.plain(self.field.label, 20)}"), classes="label")
            yield _widget(self.field)
        yield Static("", classes="fault", markup=False)

    @property
    def text(self) -> str:
        """What stands in it now."""
        return _text(self.query(Input).first() if self.query(Input) else self.query_one(".field"))

    def fault(self, sentence: str) -> None:
        """What is wrong; empty when nothing is."""
        place = self.query_one(".fault", Static)
        place.update(words.plain(sentence))
        place.set_class(bool(sentence), "-told")


class Form(Vertical):
    """The form."""

    DEFAULT_CSS = """
    Form { height: 1fr; }
    Form VerticalScroll { height: 1fr; }
    Form _Line { height: auto; }
    Form Horizontal { height: auto; }
    Form .label { width: 19; text-align: right; padding-right: 1; color: $text-muted; }
    Form .field { width: 1fr; }
    Form Input.field { background: $surface; }
    Form Input.field:focus { background: $primary 30%; }
    Form .fault { color: $text-error; display: none; padding-left: 19; }
    Form .fault.-told { display: block; }
    Form #about { height: 2; padding: 0 1; color: $text-muted; background: $surface; }
    """

    def __init__(self, fields: Sequence[Field]) -> None:
        super().__init__()
        self.fields = fields

    def compose(self) -> ComposeResult:
        """All fields, and the foot."""
        with VerticalScroll(can_focus=False):
            for field in self.fields:
                yield _Line(field)
        yield Static("", id="about", markup=False)

    def on_mount(self) -> None:
        """Type at once."""
        first = self.query(".field").first()
        first.focus()

    @property
    def typed(self) -> Mapping[str, str]:
        """What differs from what stood there; a secret that was not typed does not."""
        return {line.field.key: line.text for line in self._lines if line.text != line.field.value}

    @property
    def values(self) -> Mapping[str, str]:
        """All fields as they stand."""
        return {line.field.key: line.text for line in self._lines}

    def fault(self, problems: Mapping[str, str]) -> None:
        """Show what is wrong beside each field, and go to the first."""
        wrong: _Line | None = None
        for line in self._lines:
            line.fault(problems.get(line.field.key, ""))
            if line.field.key in problems and wrong is None:
                wrong = line
        if wrong is not None:
            wrong.query_one(".field").focus()
        self._about(problems.get("", ""))

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Say what the field is about."""
        line = next((node for node in event.widget.ancestors if isinstance(node, _Line)), None)
        if line is not None:
            self._about(line.field.about)

    def _about(self, sentence: str) -> None:
        self.query_one("#about", Static).update(words.plain(sentence))

    @property
    def _lines(self) -> Sequence[_Line]:
        return list(self.query(_Line))


def _widget(field: Field) -> Widget:
    if field.shape in {Shape.CHOICE, Shape.SWITCH}:
        choices = field.choices or _YES_NO
        options = [(Text(label), value) for label, value in choices]
        known = field.value in {value for _, value in choices}
        blank = "choose" if "[" in field.hint or not field.hint else field.hint  # a Select takes it for markup
        return Select(
            options,
            value=field.value if known else Select.NULL,
            prompt=blank,
            allow_blank=True,
            classes="field",
            compact=True,
        )
    hidden = field.shape is Shape.SECRET
    return Input(field.value, placeholder=field.hint, password=hidden, classes="field", compact=True)


def _text(widget: Any) -> str:
    if isinstance(widget, Select):
        return "" if widget.value is Select.NULL else str(widget.value)
    return str(widget.value)
