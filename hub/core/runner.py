"""A process that delivers: starts the pump, turns it until told or nothing is left, and stops it cleanly."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum

from hub.core.pump import Pump
from hub.core.store import summary
from hub.core.store.engine import Database

_CHORES = 3600.0  # seconds from one round of chores to the next
_GRACE = 7.0  # seconds for what is on the wire, after SIGTERM


class Until(Enum):
    """When a run ends by itself."""

    TOLD = "told"  # by SIGTERM only
    EMPTY = "empty"  # nothing queued, sending or traceable on an active destination
    ONCE = "once"  # what was due at the start is done


class Ended(Enum):
    """How a run ended."""

    DONE = "done"
    WAITING = "waiting"  # something is left for a person, or at a destination that is paused or blocked
    TIMED_OUT = "timed_out"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """What ends a run: the rule, a time limit in seconds, and the event that a signal sets."""

    until: Until = Until.TOLD
    timeout: float | None = None
    told: threading.Event


def run(db: Database, pump: Pump, stop: Stop, chores: Callable[[], None]) -> Ended:
    """Deliver until `stop` says so. `chores` is what else must be done at the start and each hour."""
    if stop.until is Until.ONCE:
        with db.read() as conn:
            pump.pace = replace(pump.pace, due_by=summary.database_now(conn))
    pump.start()
    ended = _turn(db, pump, stop, chores)
    pump.drain(_GRACE)
    if ended is None:
        with db.read() as conn:
            return Ended.WAITING if summary.someone_must_look(conn, pump.pace.only) else Ended.DONE
    return ended


def _turn(db: Database, pump: Pump, stop: Stop, chores: Callable[[], None]) -> Ended | None:
    """Turn the pump; None when the work itself came to its end."""
    again = time.monotonic()
    deadline = None if stop.timeout is None else time.monotonic() + stop.timeout
    while not stop.told.is_set():
        if time.monotonic() >= again:
            chores()
            again = time.monotonic() + _CHORES
        out = pump.turn()
        if deadline is not None and time.monotonic() >= deadline:
            return Ended.TIMED_OUT
        if out == 0 and _over(db, pump, stop.until):
            return None
    return Ended.STOPPED


def _over(db: Database, pump: Pump, until: Until) -> bool:
    if until is Until.ONCE:
        return pump.claimed == 0 or (pump.claimed is None and not pump.due())
    if until is Until.EMPTY:
        with db.read() as conn:
            return not summary.anything_to_do(conn, pump.pace.only)
    return False
