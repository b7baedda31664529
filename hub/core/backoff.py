"""When to try again, and how hard to lean on a destination: backoff, window and breaker, all pure. Rates: `budget.py`.

Figures from docs/decisions/0004-outbox.md; they are those of the common webhook senders. Times in milliseconds.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

_STEPS = (5 * SECOND, MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR)
_LONG_STEP = 12 * HOUR
_GIVE_UP = 7 * DAY
_JITTER = 0.2

_WINDOW_START = 5
_FAILS_TO_OPEN = 5
_FIRST_PROBE = MINUTE
_LONGEST_PROBE = HOUR
_FAILING_TOO_LONG = 5 * DAY


def delay(tries: int, chance: float) -> int | None:
    """How long to wait after `tries` settled attempts; None when a person must look (after about 7 days).

    `chance` in 0..1 spreads the moment by 20 % to either side, so that a thousand papers do not come back as one.
    """
    if tries <= len(_STEPS):
        step = _STEPS[max(tries, 1) - 1]
    elif sum(_STEPS) + (tries - len(_STEPS)) * _LONG_STEP <= _GIVE_UP:
        step = _LONG_STEP
    else:
        return None
    return round(step * (1 - _JITTER + 2 * _JITTER * chance))


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressure:
    """The engine's columns of a destination. `window` is how many may be in flight; 0 is an open breaker."""

    window: int = _WINDOW_START
    credit: int = 0
    inflight_max: int = 64
    fails_in_row: int = 0
    opened_at: int | None = None
    rest_until: int | None = None  # the far side's own wish
    failing_since: int | None = None

    def succeeded(self) -> Pressure:
        """One delivery arrived: the breaker closes, and a window of successes widens the window by one."""
        if self.window == 0:
            return replace(self, window=_WINDOW_START, credit=0, fails_in_row=0, opened_at=None, failing_since=None)
        credit, window = self.credit + 1, self.window
        if credit >= window:
            credit, window = 0, min(window + 1, self.inflight_max)
        return replace(self, window=window, credit=credit, fails_in_row=0, failing_since=None)

    def failed(self, now: int) -> Pressure:
        """The destination failed once: half the window, and after five in a row none (the breaker opens).

        What had left before the breaker opened and fails after it says nothing new: only a probe does.
        """
        if self.window == 0 and now < (self.probe_at() or 0):
            return self
        fails = self.fails_in_row + 1
        since = self.failing_since if self.failing_since is not None else now
        if fails >= _FAILS_TO_OPEN:
            return replace(self, window=0, credit=0, fails_in_row=fails, opened_at=now, failing_since=since)
        return replace(self, window=max(1, self.window // 2), credit=0, fails_in_row=fails, failing_since=since)

    def probe_at(self) -> int | None:
        """When an open breaker lets one paper through: after 60 s, doubling to an hour; None when it is closed."""
        if self.opened_at is None:
            return None
        doublings = min(self.fails_in_row - _FAILS_TO_OPEN, 10)
        wait: int = _FIRST_PROBE * 2**doublings
        return self.opened_at + min(wait, _LONGEST_PROBE)

    def quiet_until(self) -> int:
        """Before this moment nothing may be claimed: the breaker is open, or the far side asked for rest."""
        return max(self.probe_at() or 0, self.rest_until or 0)

    def rested(self, rest: int | None, now: int) -> Pressure:
        """Left alone for so many milliseconds from now; a longer wish of before stays."""
        return self if not rest else replace(self, rest_until=max(self.rest_until or 0, now + rest))

    def hopeless(self, now: int) -> bool:
        """Nothing but failures for five days: a person must look."""
        return self.failing_since is not None and now - self.failing_since >= _FAILING_TOO_LONG

    def room(self, in_flight: int, now: int) -> int:
        """How many may be claimed now."""
        if now < self.quiet_until():
            return 0
        if self.window == 0:
            return 1 if in_flight == 0 else 0
        return max(0, self.window - in_flight)
