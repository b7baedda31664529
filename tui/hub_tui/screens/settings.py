"""The settings of a destination and of its connection, as a form made from the plugin's own models."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar

from textual import work
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widget import Widget
from textual.widgets import Static

from hub.app import draft
from hub.app.draft import Form as Draft
from hub.app.setting import Owner, Setting, Shape
from hub_tui import words
from hub_tui.messages import Saved
from hub_tui.screens.page import Page
from hub_tui.session import Session
from hub_tui.widgets.form import Field, Form


class Settings(Page):
    """The page of the form. It is read once: what is typed must not be overwritten."""

    DEFAULT_CSS = """
    Settings #note { padding: 0 1; color: $text-warning; }
    Settings #holder { height: 1fr; }
    """
    ACTING: ClassVar[frozenset[str]] = frozenset({"save"})
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "save", "Save"),
        Binding("escape", "back", "Leave as is"),
    ]

    def __init__(self, session: Session, name: str) -> None:
        super().__init__(session)
        self.destination = name
        self.heading = "settings"

    def body(self) -> Iterable[Widget]:
        """Whose settings, and the form once it is read."""
        yield Static("", id="note", markup=False)
        yield Vertical(id="holder")

    def read(self) -> Draft:
        """The form as it stands."""
        return draft.form(self.session.hub, self.destination)

    def show(self, answer: Draft) -> None:
        """Its fields."""
        if answer.shared_with:
            others = words.plain(", ".join(answer.shared_with), 60)
            self.query_one("#note", Static).update(f"The connection {answer.connection} is shared with {others}.")
        holder = self.query_one("#holder", Vertical)
        holder.mount(Form(tuple(_fields(answer)))) if answer.settings else holder.mount(Static("It has no settings."))

    def changed(self) -> None:
        """What is typed stays."""

    def action_save(self) -> None:
        """Keep it, when all of it is right."""
        if not self.query(Form):
            return
        typed = self.query_one(Form).typed
        if typed:
            self._save(dict(typed))
        else:
            self.tell("Nothing was changed.")
            self.action_back()

    @work(thread=True, exclusive=True, group="save", exit_on_error=False)
    def _save(self, typed: dict[str, str]) -> None:
        self.post_message(Saved(draft.save(self.session.hub, self.destination, typed)))

    def on_saved(self, message: Saved) -> None:
        """Back, or what is wrong."""
        self.query_one(Form).fault(message.problems)
        if message.problems:
            self.tell("Not saved: see what is marked.", bad=True)
        else:
            self.tell("Saved.")
            self.action_back()


def _fields(form: Draft) -> Iterator[Field]:
    for setting in form.settings:
        where = f" (of the connection {form.connection})" if setting.owner is Owner.CONNECTION else ""
        yield Field(
            key=setting.key,
            label=setting.name,
            shape=setting.shape,
            value=words.typed(setting.value),
            hint=_hint(setting),
            about=f"{setting.name}: {setting.description}{where}",
            required=setting.required,
            choices=tuple((choice, choice) for choice in setting.choices),
        )


def _hint(setting: Setting) -> str:
    if setting.shape is Shape.SECRET:
        return "set; stays as it is unless you type another" if setting.is_set else "not set"
    return f"default: {setting.default}" if setting.default else ""
