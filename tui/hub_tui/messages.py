"""What workers and widgets tell their page, and pages tell the dashboard."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from textual.message import Message
from textual.screen import Screen

from hub_tui.session import Session, Target

if TYPE_CHECKING:  # the first paint does not wait for the store to be imported
    from hub.app.deeds import Done
    from hub.plugins.types import Health

Pages = Callable[[Session, Target], Screen[None]]


class Opened(Message):
    """The home is open, and the pages are loaded."""

    def __init__(self, session: Session, pages: Pages) -> None:
        super().__init__()
        self.session = session
        self.pages = pages


class Marked(Message):
    """The mark of the last change, as it was seen just now."""

    def __init__(self, mark: int | None) -> None:
        super().__init__()
        self.mark = mark


class Answer(Message):
    """What a page asked for. A late answer has an old generation."""

    def __init__(self, generation: int, value: Any) -> None:
        super().__init__()
        self.generation = generation
        self.value = value


class Ids(Message):
    """The ids of a list in order, as far as they are known; `whole` when no more come."""

    def __init__(self, generation: int, ids: array[int], *, whole: bool) -> None:
        super().__init__()
        self.generation = generation
        self.ids = ids
        self.whole = whole


class Wanted(Message):
    """A table needs the lines of these ids."""

    def __init__(self, ids: Sequence[int]) -> None:
        super().__init__()
        self.ids = ids


class Lines(Message):
    """Lines of a table, by id; None is one that is gone."""

    def __init__(self, generation: int, lines: Mapping[int, Any]) -> None:
        super().__init__()
        self.generation = generation
        self.lines = lines


class Picked(Message):
    """Enter was pressed on a line."""

    def __init__(self, table: str, id_: int) -> None:
        super().__init__()
        self.table = table
        self.id = id_


class Moved(Message):
    """The cursor of a table is on another line, or other lines are marked."""


class Go(Message):
    """Open a page on top of this one."""

    def __init__(self, target: Target) -> None:
        super().__init__()
        self.target = target


class Acted(Message):
    """An act is over."""

    def __init__(self, verb: str, done: Done) -> None:
        super().__init__()
        self.verb = verb
        self.done = done


class Tested(Message):
    """How a destination is, by its plugin's own word."""

    def __init__(self, health: Health) -> None:
        super().__init__()
        self.health = health


class Saved(Message):
    """What was wrong with what was typed, by field; nothing: it is kept."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__()
        self.problems = problems
