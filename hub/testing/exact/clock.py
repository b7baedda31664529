"""The time of the far side, which may run faster than ours and be put forward, so that no test waits for it."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta

# Created and Modified are local time dressed as UTC (reference 3).
SERVER_UTC_OFFSET = 3600


class Clock:
    """Seconds of the wire since 1970. One second of ours is `scale` of them; `start` is where both agree."""

    def __init__(self, scale: float = 1.0, start: float | None = None) -> None:
        self.scale = scale
        self.start = time.time() if start is None else start
        self.ahead = 0.0
        self.told_ahead = 0.0

    def now(self) -> float:
        """The time that tokens and limits live by."""
        return self.start + (time.time() - self.start) * self.scale + self.ahead

    def told(self) -> float:
        """The time that is told to others: ours, unless it was put forward, and not quietly."""
        return time.time() + self.told_ahead

    def told_at(self, wire: float) -> float:
        """When, in the time that is told, a moment of the wire comes."""
        return self.told() + (wire - self.now()) / self.scale

    def advance(self, seconds: float, *, quietly: bool = False) -> None:
        """Put the clock forward by seconds of the wire; quietly when the clock of the client cannot come along."""
        self.ahead += seconds
        self.told_ahead += 0 if quietly else seconds

    def today(self) -> date:
        """The date in UTC."""
        return datetime.fromtimestamp(self.told(), UTC).date()

    def stamp(self) -> str:
        """The local time of the server, without a zone, as Created and Modified show it."""
        local = datetime.fromtimestamp(self.told(), UTC) + timedelta(seconds=SERVER_UTC_OFFSET)
        return local.replace(tzinfo=None).isoformat(timespec="milliseconds")
