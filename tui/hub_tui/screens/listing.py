"""A long list with a filter field: the windowed table, filled part by part, and `/` with the shared grammar."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

from textual import work
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Input, Static

from hub.errors import UsageError
from hub_tui import words
from hub_tui.messages import Ids, Lines, Wanted
from hub_tui.screens.page import Page
from hub_tui.session import Session
from hub_tui.widgets.window import Column, Window


class Listing(Page):
    """A list. `COLUMNS` and `EMPTY` (what to do when there is nothing) belong to the table."""

    DEFAULT_CSS = """
    Listing #filter { border: none; padding: 0 1; }
    Listing #fault { color: $text-error; display: none; padding: 0 1; }
    Listing #fault.-told { display: block; }
    """
    COLUMNS: ClassVar[Sequence[Column]] = ()
    EMPTY: ClassVar[str] = ""
    EXAMPLE: ClassVar[str] = ""
    BINDINGS: ClassVar[list[BindingType]] = [Binding("slash", "filter", "Filter")]

    def __init__(self, session: Session, where: str = "") -> None:
        super().__init__(session)
        self.where = where

    def body(self) -> Iterable[Widget]:
        """The filter field, what is wrong with it, the table."""
        if self.EXAMPLE:
            yield Input(
                self.where, placeholder=f"/ filters: {self.EXAMPLE}", id="filter", compact=True, select_on_focus=False
            )
            yield Static("", id="fault", markup=False)
        yield Window(self.COLUMNS, id="table", empty=self._nothing())

    def on_mount(self) -> None:
        """Keys go to the table."""
        self.table.focus()

    @property
    def table(self) -> Window:
        """The table."""
        return self.query_one("#table", Window)

    def _nothing(self) -> str:
        return "Nothing fits this filter: / changes it, esc empties it." if self.where else self.EMPTY

    # -- reading ------------------------------------------------------------------------------------------------------

    def ids(self, where: str, above: int) -> Iterator[array[int]]:
        """The ids that the filter finds, in parts; runs in a thread."""
        raise NotImplementedError

    def lines(self, ids: Sequence[int]) -> Mapping[int, Any]:
        """The lines of these ids; runs in a thread."""
        raise NotImplementedError

    @work(thread=True, exclusive=True, group="page", exit_on_error=False)
    def _read(self, generation: int) -> None:
        """Without a filter the list only grows at its top, so only that is read anew."""
        known = self.table.ids if self.table.loaded and not self.where and not self.shrinks else array("q")
        found, show_first = array("q"), not self.table.loaded
        for part in self.ids(self.where, known[0] if known else 0):
            found.extend(part)
            if show_first:
                self.post_message(Ids(generation, part, whole=False))
                show_first = False
        found.extend(known)
        self.post_message(Ids(generation, found, whole=True))

    @property
    def shrinks(self) -> bool:
        """Whether entries can leave the list."""
        return False

    def on_ids(self, message: Ids) -> None:
        """Show them; the lines in sight are asked for as they are drawn."""
        if message.generation == self.generation:
            self.fault("")
            self.table.empty = self._nothing()
            self.table.fill(message.ids)
            if message.whole:
                self.came()

    @work(thread=True, exclusive=True, group="lines", exit_on_error=False)
    def _fetch(self, generation: int, ids: Sequence[int]) -> None:
        found = self.lines(ids)
        self.post_message(Lines(generation, {one: found.get(one) for one in ids}))

    def on_wanted(self, message: Wanted) -> None:
        """Lines scrolled into sight."""
        self._fetch(self.generation, message.ids)

    def on_lines(self, message: Lines) -> None:
        """Here they are; what was read before the last look is asked for again."""
        if message.generation == self.generation:
            self.table.put(message.lines)
        else:
            self.table.refresh()

    # -- the filter ---------------------------------------------------------------------------------------------------

    def action_filter(self) -> None:
        """To the filter field."""
        self.query_one("#filter", Input).focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Use the filter."""
        self.use(event.value)

    def use(self, where: str) -> None:
        """Show what this filter finds."""
        self.where = where.strip()
        self.table.loaded = False
        self.look()
        self.table.focus()

    def failed(self, error: BaseException) -> None:
        """A filter that cannot be read is told under its field."""
        if isinstance(error, UsageError) and error.code == "filter":
            self.fault(f"{error.message}: {error.action}")
            self.query_one("#filter").focus()
        else:
            super().failed(error)

    def fault(self, sentence: str) -> None:
        """What is wrong with the filter; empty when nothing is."""
        for place in self.query("#fault").results(Static):
            place.update(words.plain(sentence))
            place.set_class(bool(sentence), "-told")

    def action_back(self) -> None:
        """From the field to the table; then the marks away; then the filter; then back."""
        field = self.query("#filter").first(Input) if self.EXAMPLE else None
        if field is not None and field.has_focus:
            field.value = self.where
            self.fault("")
            self.table.focus()
        elif self.table.marks:
            self.table.marks.clear()
            self.table.refresh()
            self.refresh_bindings()
        elif field is not None and self.where and len(self.app.screen_stack) == 1:
            field.value = ""
            self.use("")
        else:
            super().action_back()

    def on_moved(self) -> None:
        """Other keys may fit the line under the cursor."""
        self.refresh_bindings()
