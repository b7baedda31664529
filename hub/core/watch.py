"""How an idle process notices work: cheaply, without taking the write lock.

SQLite: `PRAGMA data_version` tells that another connection committed (2 microseconds a look, 5 ms backing off to
50 ms). PostgreSQL: a look at the destinations each half second.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from hub.core.store import outbox
from hub.core.store.engine import Database

_SHORT, _LONG = 0.005, 0.05
_POLL = 0.5


class Watch:
    """Knows when a destination wants to be looked at. Belongs to one thread."""

    def __init__(self, db: Database, only: frozenset[int] | None) -> None:
        self.db = db
        self.only = only
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
        self._pause = min(pause * 1.5, _LONG)
        return pause

    def wait(self, undisturbed: Callable[[], bool]) -> float:
        """Sleep until there may be work or a message; returns 0, the patience that is left for messages."""
        pause = _SHORT
        end = time.monotonic() + _POLL
        while undisturbed() and not self.due() and time.monotonic() < end:
            time.sleep(pause)
            pause = min(pause * 1.5, _LONG)
        return 0.0

    def _changed(self) -> bool:
        """Whether another connection committed since the last look; where that cannot be seen, a look is due."""
        version = self.db.data_version()
        changed = version is None or version != self._seen
        self._seen = version
        return changed
