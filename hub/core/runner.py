"""A process that delivers: starts the pump, turns it until told or nothing is left, and stops it cleanly."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import Enum

import structlog

from hub.core.chores import Chores
from hub.core.pump import Pump
from hub.core.store import summary
from hub.core.store.engine import Database
from hub.core.wear import Wear, used

_CHORES = 3600.0  # seconds from one round of chores to the next
_GRACE = 7.0  # seconds for what is on the wire, after SIGTERM
_LONG_GRACE = 60.0  # the same when worn out: nobody waits for the end of this process
_LOOK, _OFTEN = 1.0, 16  # a look at the wear each second, and after so many deliveries

_LOG = structlog.get_logger("hub.runner")


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
    WORN = "worn"  # in order, and to be started anew


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """What ends a run: the rule, a time limit in seconds, wear, and the event that a signal sets."""

    until: Until = Until.TOLD
    timeout: float | None = None
    told: threading.Event
    wear: Wear = field(default_factory=Wear)


def run(db: Database, pump: Pump, stop: Stop, chores: Callable[[], None]) -> Ended:
    """Deliver until `stop` says so. `chores` is what else must be done at the start and each hour."""
    if stop.until is Until.ONCE:
        with db.read() as conn:
            pump.pace = replace(pump.pace, due_by=summary.database_now(conn))
    pump.insist.told = stop.told
    pump.start()
    beside = Chores(chores)
    ended = _turn(db, pump, stop, beside)
    pump.drain(lambda: _LONG_GRACE if ended is Ended.WORN and not stop.told.is_set() else _GRACE)
    beside.finish()
    if ended is None and not pump.pace.room():
        return Ended.TIMED_OUT
    if ended is None:
        with db.read() as conn:
            return Ended.WAITING if summary.someone_must_look(conn, pump.pace.only) else Ended.DONE
    return ended


def _turn(db: Database, pump: Pump, stop: Stop, chores: Callable[[], None]) -> Ended | None:
    """Turn the pump; None when the work itself came to its end."""
    again = time.monotonic()
    wear = _Watch(pump, stop.wear)
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
        if wear.is_over():
            return Ended.WORN
    return Ended.STOPPED


def _over(db: Database, pump: Pump, until: Until) -> bool:
    if until is Until.ONCE:
        return pump.claimed == 0 or (pump.claimed is None and not pump.due())
    if until is Until.EMPTY:
        with db.read() as conn:
            return not summary.anything_to_do(conn, pump.pace.only)
    return False


class _Watch:
    """Looks now and then whether the process is worn out."""

    def __init__(self, pump: Pump, wear: Wear) -> None:
        self.pump = pump
        self.wear = wear
        self.next = 0.0
        self.seen = 0

    def is_over(self) -> bool:
        """Whether it is, said in the log."""
        pump = self.pump
        if time.monotonic() < self.next and pump.done < self.seen + _OFTEN:
            return False
        self.next, self.seen = time.monotonic() + _LOOK, pump.done
        reason = self.wear.reason(used(pump.slots.lost(), pump.done))
        if reason:
            _LOG.warning("worker starts anew", worker=pump.worker, reason=reason)
        return bool(reason)
