"""How the story looks on a terminal of 80 columns: headings, aligned tables, wrapped sentences."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from hub.core.words import show

Say = Callable[[str], None]

_WIDTH = 78
_INDENT = 3
_MAX_CELL = 40


@dataclass(frozen=True, slots=True)
class Telling:
    """Tells by `say`, a line at a time; every text may come from a paper and is made harmless."""

    say: Say

    def heading(self, text: str) -> None:
        """A new part."""
        self.blank()
        self.say(show(text))

    def blank(self) -> None:
        """Room to breathe."""
        self.say("")

    def text(self, text: str, indent: int = _INDENT) -> None:
        """A sentence or two, wrapped."""
        room = " " * indent
        lines = textwrap.wrap(show(text), _WIDTH, initial_indent=room, subsequent_indent=room, break_on_hyphens=False)
        for line in lines:
            self.say(line)

    def exactly(self, text: str, indent: int = _INDENT) -> None:
        """A path or a command, to be copied: never wrapped."""
        self.say(" " * indent + text)

    def table(self, rows: Iterable[Sequence[str]]) -> None:
        """Rows with their columns aligned; a first column of numbers to the right, the last one wrapped."""
        shown = [[show(cell, limit=_MAX_CELL) for cell in row[:-1]] + [show(row[-1])] for row in rows]
        if not shown:
            return
        widths = [max(map(len, column)) for column in zip(*(row[:-1] for row in shown), strict=True)]
        for row in shown:
            self._row(row, widths)

    def _row(self, row: Sequence[str], widths: Sequence[int]) -> None:
        cells = [
            cell.rjust(width) if cell.isdecimal() else cell.ljust(width)
            for cell, width in zip(row, widths, strict=False)
        ]
        head = " " * _INDENT + "  ".join((*cells, ""))
        lines = textwrap.wrap(row[-1], max(_WIDTH - len(head), 20), break_on_hyphens=False) or [""]
        self.say((head + lines[0]).rstrip())
        for line in lines[1:]:
            self.say(" " * len(head) + line)


def counted(count: int, one: str, many: str = "") -> str:
    """`1 mail`, `2 mails`."""
    return f"{count} {one if count == 1 else many or one + 's'}"
