"""How often may be called, and how often wrongly, per app and division (reference 2)."""

from __future__ import annotations

import collections
from dataclasses import dataclass, field

from hub.testing.exact.clock import Clock
from hub.testing.exact.wire import Answer

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
# 500, where business validation is told, does not count (reference 2).
COUNTED_ERRORS = frozenset({400, 401, 403, 404})

Headers = dict[str, str]
Caller = tuple[str, int]
Endpoint = tuple[str, str, int, str]


@dataclass(slots=True)
class _Window:
    """Calls in the window that began at `begin`."""

    begin: float = -1.0
    calls: int = 0


@dataclass(slots=True)
class _Errors:
    """When an endpoint was called wrongly, until when it is blocked, and how often it was."""

    times: collections.deque[float] = field(default_factory=collections.deque)
    blocked_until: float = 0.0
    blocks: int = 0


@dataclass(slots=True)
class Limits:
    """Counts calls in whole minutes and days of the wire, and errors over a rolling hour."""

    clock: Clock
    per_minute: int = 60
    per_day: int = 5000
    errors_per_hour: int = 10
    _minutes: dict[Caller, _Window] = field(default_factory=dict)
    _days: dict[Caller, _Window] = field(default_factory=dict)
    _errors: dict[Endpoint, _Errors] = field(default_factory=dict)

    def refusal(self, caller: Caller) -> Answer | None:
        """429 when no call is left, with the headers of the limit that was reached and no others; empty body."""
        if self._left(self._minutes, caller) <= 0:
            return Answer(429, headers=self.minutely(caller), told="minutely limit")
        if self._left(self._days, caller) <= 0:
            return Answer(429, headers=self._daily(caller), told="daily limit")
        return None

    def count(self, caller: Caller) -> Headers:
        """Count a call; both sets of headers."""
        for windows in (self._minutes, self._days):
            self._window(windows, caller).calls += 1
        return {**self._daily(caller), **self.minutely(caller)}

    def minutely(self, caller: Caller, left: int | None = None) -> Headers:
        """The headers of the minute; resets are Unix milliseconds."""
        remaining = self._left(self._minutes, caller) if left is None else left
        return self._headers("X-RateLimit-Minutely", self.per_minute, remaining, MINUTE)

    def is_blocked(self, endpoint: Endpoint) -> bool:
        """Whether too many errors closed this endpoint to this app, user and division."""
        errors = self._errors.get(endpoint)
        return errors is not None and self.clock.now() < errors.blocked_until

    def note(self, endpoint: Endpoint, status: int) -> None:
        """Count an error; one too many blocks for an hour, each further time for twice as long."""
        if status not in COUNTED_ERRORS:
            return
        errors, now = self._errors.setdefault(endpoint, _Errors()), self.clock.now()
        errors.times.append(now)
        while errors.times[0] <= now - HOUR:
            errors.times.popleft()
        if len(errors.times) > self.errors_per_hour:
            errors.blocked_until = now + HOUR * 2**errors.blocks
            errors.blocks += 1
            errors.times.clear()

    def _daily(self, caller: Caller) -> Headers:
        return self._headers("X-RateLimit", self.per_day, self._left(self._days, caller), DAY)

    def _headers(self, prefix: str, limit: int, remaining: int, length: float) -> Headers:
        end = (self.clock.now() // length + 1) * length
        reset = int(self.clock.told_at(end) * 1000)
        if self.clock.scale == 1:
            reset = round(reset, -3)  # whole minutes, as the real ones
        return {f"{prefix}-Limit": f"{limit}", f"{prefix}-Remaining": f"{remaining}", f"{prefix}-Reset": f"{reset}"}

    def _left(self, windows: dict[Caller, _Window], caller: Caller) -> int:
        limit = self.per_minute if windows is self._minutes else self.per_day
        return max(0, limit - self._window(windows, caller).calls)

    def _window(self, windows: dict[Caller, _Window], caller: Caller) -> _Window:
        length = MINUTE if windows is self._minutes else DAY
        window, begin = windows.setdefault(caller, _Window()), self.clock.now() // length * length
        if window.begin != begin:
            window.begin, window.calls = begin, 0
        return window
