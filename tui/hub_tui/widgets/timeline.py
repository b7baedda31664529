"""The attempts at a delivery, newest first, each with its moment, how long it took and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from textual.content import Content
from textual.widgets import Static

from hub.app.ledger import Tried
from hub_tui import words
from hub_tui.widgets.badge import Tone, badge, coloured


class Timeline(Static):
    """The attempts."""

    DEFAULT_CSS = "Timeline { height: auto; }"

    def tell(self, tried: Sequence[Tried], now: datetime) -> None:
        """Show these attempts, given oldest first."""
        if not tried:
            self.update(coloured("No attempt yet.", Tone.DIM))
            return
        self.update(Content("\n").join(_told(one, now) for one in reversed(tried)))


def _told(one: Tried, now: datetime) -> Content:
    """Two lines: what came of it, and below in whose words."""
    took = "" if one.started_at is None else f"{(one.ended_at - one.started_at).total_seconds():.1f} s"
    head: list[str | Content] = [
        f"{one.n:>3}  {words.moment(one.ended_at, now):<16} {took:>7}  ",
        badge(one.outcome).content,
    ]
    if one.code:
        head.append(coloured(f"  {words.plain(one.code, 60)}", Tone.DIM))
    lines = [Content.assemble(*head)]
    if one.detail:
        lines.append(coloured(f"     {words.plain(one.detail)}", Tone.PLAIN))
    if one.sent_sha256:
        lines.append(coloured(f"     sha256 {words.plain(one.sent_sha256, 64)}", Tone.DIM))
    return Content("\n").join(lines)
