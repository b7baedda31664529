"""Calls of plugins while they run: each has a deadline, on the monotonic clock.

Nobody can end a thread from outside, so one whose call overran is given up (`hub.core.slots`).
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

from hub.core.verdict import Trip
from hub.errors import PluginHung


@dataclass(frozen=True, slots=True)
class Limit:
    """What may take so many seconds: a hook of a plugin."""

    plugin: str
    hook: str
    seconds: float


class Call:
    """A call while it runs, as a context: how far the trip had come when it began, and until when it may last."""

    __slots__ = ("calls", "limit", "trip", "until")

    def __init__(self, calls: Calls, trip: Trip, limit: Limit) -> None:
        self.calls = calls
        self.trip = trip
        self.limit = limit
        self.until = time.monotonic() + limit.seconds

    def __enter__(self) -> None:
        self.calls.running[threading.get_ident()] = self

    def __exit__(self, *raised: object) -> None:
        me = threading.get_ident()
        if self.calls.running.pop(me, None) is None:
            self.calls.given_up.add(me)

    @property
    def error(self) -> PluginHung:
        """What it is when it overruns."""
        return PluginHung(self.limit.plugin, self.limit.hook, self.limit.seconds)


class Calls:
    """The calls that run now, by thread. Whoever takes a call out of `running`, which is a single step, has the last
    word on it: its thread when it comes back in time, the pump when it does not.
    """

    def __init__(self) -> None:
        self.running: dict[int, Call] = {}
        self.given_up: set[int] = set()  # threads that overran

    def overdue(self) -> list[Call]:
        """The calls that ran too long; their threads are given up."""
        now = time.monotonic()
        late: list[Call] = []
        for thread, seen in self.running.copy().items():
            if seen.until <= now and (call := self.running.pop(thread, None)) is not None:
                self.given_up.add(thread)
                late.append(call)
        return late
