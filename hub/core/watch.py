"""How an idle process notices work: cheaply, without taking the write lock.

SQLite: `PRAGMA data_version` tells that another connection committed (2 microseconds a look, 2 ms backing off to
50 ms). PostgreSQL: LISTEN, and a look at the destinations every two seconds beside it, each half second while the
connection that listens is lost.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from hub.core.store import outbox
from hub.core.store.engine import Database

_SHORT, _LONG = 0.002, 0.05
_SLOWER = 1.2
_DEAF, _HEARING = 0.5, 2.0  # seconds between looks without a cause
_TURN = 0.5  # seconds after which whoever waits here may look around
_SWEEP = 5.0


class Watch:
    """Knows when a destination wants to be looked at. Belongs to one thread."""

    def __init__(self, db: Database, only: frozenset[int] | None) -> None:
        self.db = db
        self.only = only
        self._bell = db.bell()
        self._rang = False
        self._look_at = 0.0  # monotonic time of a look without a cause
        self._sweep_at = 0.0
        self._seen: int | None = None
        self._pause = _SHORT
        self._next: float | None = 0.0  # monotonic time of the next look that may find something; None: never

    def due(self) -> bool:
        """Whether a destination wants to be looked at now."""
        if not self._changed() and (self._next is None or time.monotonic() < self._next):
            return False
        with self.db.read() as conn:
            now, first = outbox.next_look(conn, self.only)
        self._next = None if first is None else time.monotonic() + max(0, first - now) / 1000
        found = first is not None and first <= now
        if found:
            self._pause = _SHORT
        return found

    def pause(self) -> float:
        """Seconds until the next look, for who waits for something else meanwhile: longer the longer there is none."""
        pause = self._pause
        self._pause = min(pause * _SLOWER, _LONG)
        return pause

    def wait(self, undisturbed: Callable[[], bool]) -> float:
        """Sleep until there may be work or a message; returns 0, the patience that is left for messages."""
        pause = _SHORT
        end = time.monotonic() + _TURN
        while undisturbed() and not self.due() and time.monotonic() < end:
            pause = self._sleep(pause)
        return 0.0

    def close(self) -> None:
        """Listen no more."""
        if self._bell is not None:
            self._bell.close()

    def _sleep(self, pause: float) -> float:
        """Until the next look; returns how long the sleep after this one is."""
        if self._bell is None:
            time.sleep(pause)
            return min(pause * _SLOWER, _LONG)
        until = min(self._look_at, self._next or self._look_at)
        self._rang = self._bell.rang(min(_TURN, max(0.0, until - time.monotonic())))
        return pause

    def _changed(self) -> bool:
        """Whether another process may have put something in the outbox since the last look."""
        if self._bell is not None:
            return self._heard()
        version = self.db.data_version()
        changed = version != self._seen
        self._seen = version
        return changed

    def _heard(self) -> bool:
        now = time.monotonic()
        heard, self._rang = self._rang or (self._bell is not None and self._bell.rang(0.0)), False
        if not heard and now < self._look_at:
            return False
        self._look_at = now + (_HEARING if self._bell is not None and self._bell.hears else _DEAF)
        if now >= self._sweep_at:
            self._sweep_at = now + _SWEEP
            self._sweep()
        return True

    def _sweep(self) -> None:
        """Find what a look could not see, and another one put off."""
        with self.db.read() as conn:
            overlooked = outbox.overlooked(conn)
        if overlooked:
            with self.db.write() as tx:
                outbox.sweep(tx)
