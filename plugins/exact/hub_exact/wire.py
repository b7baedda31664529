"""One hook's line to Exact: where it is, what time it is there, and how long anything may take."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from hub_exact.settings import App

if TYPE_CHECKING:
    from hub.http import Http  # only when it is used: it brings a whole HTTP client with it

BOOKING_TIME = 60.0  # seconds; an answer that is given up too early costs a trace
READ_TIME = 20.0
TOKEN_TIME = 30.0
# What was sent may still appear: 30 s until it is first looked for, 2 minutes until it is looked for again, and the
# time in which an answer would have come.
_APPEARS_WITHIN = 210.0
_SHORTEST = 2.0  # however fast a test's clock runs, a busy machine needs this
_SHORTEST_LEASE = 5.0


@dataclass(frozen=True, slots=True)
class Wire:
    """The line; `started` is the hook's `now`, from which its own clock goes on."""

    http: Http
    app: App
    started: datetime
    _start: float = field(default_factory=time.monotonic)

    def now(self) -> datetime:
        """The time, also when an answer took a minute."""
        return self.started + timedelta(seconds=time.monotonic() - self._start)

    def scaled(self, seconds: float) -> float:
        """A wait of Exact's, in seconds of this clock."""
        return seconds / self.app.time_scale

    def timeout(self, seconds: float) -> float:
        """A time limit of this clock, in seconds."""
        return max(self.scaled(seconds), min(seconds, _SHORTEST))

    def until_settled(self, sent: str) -> float:
        """Seconds until what was sent at this time, and is not found, is not coming any more."""
        gone = (self.now() - datetime.fromisoformat(sent)).total_seconds()
        return self.scaled(_APPEARS_WITHIN) - gone

    def lease(self, seconds: float) -> float:
        """How long something is held at most when its holder dies, in seconds of this clock."""
        return max(self.scaled(seconds), min(seconds, _SHORTEST_LEASE))

    def oauth(self, path: str) -> str:
        """An address of the login."""
        return f"{self.app.base_url}/api/oauth2/{path}"

    def api(self, path: str) -> str:
        """An address of the interface."""
        return f"{self.app.base_url}/api/v1/{path}"
