"""Names and values below each other: a title with its badge, warnings, and facts whose long values hang."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text
from textual.widgets import Static

from hub_tui import words
from hub_tui.widgets.badge import Badge

Fact = tuple[str, str]


class Facts(Static):
    """What is known of one thing. Values are plain text, made harmless; empty ones are left out."""

    DEFAULT_CSS = "Facts { height: auto; }"

    def tell(self, title: str, badge: Badge, facts: Iterable[Fact], warnings: Sequence[str] = ()) -> None:
        """Show them."""
        head = Text.assemble((f"{words.plain(title, 200)}  ", "bold"), badge.text, overflow="fold")
        told: list[RenderableType] = [head]
        told += [Text(f"! {words.plain(warning)}", style="bold yellow", overflow="fold") for warning in warnings]
        self.update(Group(*told, _grid(facts)))


def _grid(facts: Iterable[Fact]) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(justify="right", style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in facts:
        if value:
            grid.add_row(Text(words.plain(name, 20)), Text(words.plain(value), overflow="fold"))
    return grid
