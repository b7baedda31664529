"""The attempts at a delivery, newest first, each with its moment, how long it took and what came of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from rich.console import Group
from rich.padding import Padding
from rich.text import Text
from textual.widgets import Static

from hub.app.ledger import Tried
from hub_tui import words
from hub_tui.widgets.badge import badge

_INDENT = (0, 0, 0, 6)


class Timeline(Static):
    """The attempts."""

    DEFAULT_CSS = "Timeline { height: auto; }"

    def tell(self, tried: Sequence[Tried], now: datetime) -> None:
        """Show these attempts, given oldest first."""
        if not tried:
            self.update(Text("No attempt yet.", style="dim"))
            return
        self.update(Group(*(line for one in reversed(tried) for line in _told(one, now))))


def _told(one: Tried, now: datetime) -> Iterator[Text | Padding]:
    """What came of it, and below in whose words."""
    took = "" if one.started_at is None else f"{(one.ended_at - one.started_at).total_seconds():.1f} s"
    head = f"{one.n:>4}  {words.moment(one.ended_at, now)}  {took:>7}  "
    yield Text.assemble(head, badge(one.outcome).text, (f"  {words.plain(one.code, 60)}", "dim"))
    if one.detail:
        yield Padding(Text(words.plain(one.detail), overflow="fold"), _INDENT)
    if one.sent_sha256:
        yield Padding(Text(f"sha256 {words.plain(one.sent_sha256, 64)}", style="dim"), _INDENT)
