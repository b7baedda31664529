"""The windowed table: it knows the ids of all lines in order, and only the lines that are, or just were, in sight.

A list of a million lines costs eight bytes a line; a line is asked for when it scrolls in (`Wanted`), and the page
that reads it answers with `put`. Cells are plain text: nothing from a paper is ever markup.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from hub_tui.messages import Moved, Picked, Wanted
from hub_tui.widgets.badge import Tone

Cell = tuple[str, Tone]
_MOST_KEPT = 2_000  # lines that are remembered; what was in sight longest ago goes
_END = 1 << 62


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column: how wide it is (0: what is left), and its cell of a line."""

    title: str
    width: int
    cell: Callable[[Any], Cell]
    right: bool = False


class Window(ScrollView, can_focus=True):
    """The table. The cursor stays on its id when the list changes."""

    DEFAULT_CSS = """
    Window { height: 1fr; overflow-x: hidden; scrollbar-size-vertical: 1; }
    Window > .window--header { text-style: bold; color: $foreground 60%; }
    Window > .window--cursor { background: $primary 30%; }
    Window:focus > .window--cursor { background: $primary; color: $text; }
    Window > .window--mark { color: $text-accent; text-style: bold; }
    Window > .window--dim { color: $foreground 60%; }
    Window > .window--good { color: $text-success; }
    Window > .window--warn { color: $text-warning; text-style: bold; }
    Window > .window--bad { color: $text-error; text-style: bold; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "window--header",
        "window--cursor",
        "window--mark",
        *(f"window--{tone}" for tone in Tone),
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "pick", "Open"),
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("pageup", "leaf(-1)", "Page up", show=False),
        Binding("pagedown", "leaf(1)", "Page down", show=False),
        Binding("home,g", f"move(-{_END})", "First", show=False),
        Binding("end,G", f"move({_END})", "Last", show=False),
    ]

    cursor = reactive(0)

    def __init__(self, columns: Sequence[Column], *, id: str, empty: str = "") -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self.columns = columns
        self.empty = empty
        self.ids: array[int] = array("q")
        self.loaded = False
        self.marks: set[int] = set()
        self._lines: dict[int, Any] = {}
        self._fresh: set[int] = set()
        self._asked = False

    # -- what is in it ------------------------------------------------------------------------------------------------

    def fill(self, ids: array[int]) -> None:
        """These are the ids now, in this order. The cursor stays on its id, and that where it is in sight."""
        at = self.current
        before, self.ids, self.loaded = self.cursor, ids, True
        self.marks.intersection_update(ids) if self.marks else None
        self.virtual_size = Size(self.size.width, len(ids) + 1)
        found = _place(ids, at, before)
        if found != before:
            self.set_reactive(Window.cursor, found)
            self.scroll_to(y=self.scroll_offset.y + found - before, animate=False)
        self._fresh.clear()
        self.refresh()
        self.post_message(Moved())

    def put(self, lines: Mapping[int, Any]) -> None:
        """Lines that were wanted."""
        if len(self._lines) + len(lines) > _MOST_KEPT:
            seen = self.in_sight()
            self._lines = {one: self._lines[one] for one in seen if one in self._lines}
        self._lines.update(lines)
        self._fresh.update(lines)
        self.refresh()
        self.post_message(Moved())

    def show_all(self, lines: Mapping[int, Any]) -> None:
        """A short list, all of it at once."""
        self.fill(array("q", lines))
        self.put(lines)

    @property
    def current(self) -> int | None:
        """The id under the cursor."""
        return self.ids[self.cursor] if self.cursor < len(self.ids) else None

    @property
    def line(self) -> Any:
        """The line under the cursor, when it is known."""
        return None if self.current is None else self._lines.get(self.current)

    def line_of(self, id_: int) -> Any:
        """A line, when it is known."""
        return self._lines.get(id_)

    def in_sight(self) -> Sequence[int]:
        """The ids in sight, and as many on either side."""
        top, height = self.scroll_offset.y, max(self.size.height, 1)
        return self.ids[max(0, top - height) : top + 2 * height]

    # -- drawing ------------------------------------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        """One line of the terminal: the titles stay on top."""
        if y == 0:
            titles = [(column.title, Tone.PLAIN) for column in self.columns]
            return self._strip(titles, self.get_component_rich_style("window--header"), " ")
        index = self.scroll_offset.y + y - 1
        if index >= len(self.ids):
            return self._beyond(index)
        one = self.ids[index]
        if one not in self._fresh:
            self._ask_soon()
        line = self._lines.get(one)
        cells = [("…", Tone.DIM)] if line is None else [column.cell(line) for column in self.columns]
        gutter = "*" if one in self.marks else " "
        if index != self.cursor:
            return self._strip(cells, self.rich_style, gutter)
        plain = [(text, Tone.PLAIN) for text, _ in cells]  # a tone can hardly be read on the cursor's colour
        return self._strip(plain, self.get_component_rich_style("window--cursor"), gutter)

    def _beyond(self, index: int) -> Strip:
        """Below the last line; of an empty list it says what to do."""
        texts = self.empty.split("\n") if self.loaded and not self.ids else []
        text = texts[index] if index < len(texts) else ""
        return self._strip([], self.rich_style, f"  {text}")

    def _strip(self, cells: Sequence[Cell], style: Style, gutter: str) -> Strip:
        mark = self.get_component_rich_style("window--mark", partial=True) if gutter == "*" else Style()
        segments = [Segment(gutter, style + mark)]
        for (text, tone), column, width in zip(cells, self.columns, self._widths(), strict=False):
            colour = Style() if tone is Tone.PLAIN else self.get_component_rich_style(f"window--{tone}", partial=True)
            segments.append(Segment(_fitted(text, width, right=column.right) + " ", style + colour))
        return Strip(segments).adjust_cell_length(self.size.width, style)

    def _widths(self) -> list[int]:
        fixed = sum(column.width for column in self.columns) + len(self.columns) + 1
        open_ = [column for column in self.columns if not column.width]
        room = max(0, self.size.width - fixed)
        share = room // len(open_) if open_ else 0
        return [column.width or share for column in self.columns]

    def _ask_soon(self) -> None:
        if not self._asked:
            self._asked = True
            self.call_later(self._ask)

    def _ask(self) -> None:
        self._asked = False
        missing = [one for one in self.in_sight() if one not in self._fresh]
        if missing:
            self.post_message(Wanted(missing))

    # -- moving -------------------------------------------------------------------------------------------------------

    def watch_cursor(self) -> None:
        """Keep it in sight."""
        top, height = self.scroll_offset.y, max(1, self.size.height - 1)
        if self.cursor < top:
            self.scroll_to(y=self.cursor, animate=False)
        elif self.cursor >= top + height:
            self.scroll_to(y=self.cursor - height + 1, animate=False)
        self.refresh()
        self.post_message(Moved())

    def action_move(self, by: int) -> None:
        """So many lines down."""
        self.cursor = max(0, min(len(self.ids) - 1, self.cursor + by))

    def action_leaf(self, by: int) -> None:
        """So many screens down."""
        self.action_move(by * max(1, self.size.height - 2))

    def action_pick(self) -> None:
        """Open the line under the cursor."""
        if self.current is not None:
            self.post_message(Picked(self.id or "", self.current))

    def toggle_mark(self) -> None:
        """Mark the line under the cursor, or take the mark away, and go on."""
        if self.current is not None:
            self.marks ^= {self.current}
            self.action_move(1)
            self.refresh()
            self.post_message(Moved())

    def on_resize(self) -> None:
        """The columns get the room that there is."""
        self.virtual_size = Size(self.size.width, len(self.ids) + 1)

    def on_click(self, event: events.Click) -> None:
        """The line that was clicked."""
        if event.y > 0 and self.scroll_offset.y + event.y - 1 < len(self.ids):
            self.cursor = self.scroll_offset.y + event.y - 1


def _place(ids: array[int], wanted: int | None, before: int) -> int:
    """Where an id is now; when it is gone, what stands where it stood."""
    if wanted is not None:
        try:
            return ids.index(wanted)
        except ValueError:
            pass
    return max(0, min(before, len(ids) - 1))


def _fitted(text: str, width: int, *, right: bool) -> str:
    if cell_len(text) > width:
        return set_cell_size(text, max(0, width - 1)) + "…" if width else ""
    return text.rjust(width) if right else set_cell_size(text, width)
