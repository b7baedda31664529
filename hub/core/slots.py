"""The threads that carry. One whose call of a plugin overran is given up, and another takes its place.

Its delivery is settled as `plugin_hung`; what it answers late is evidence only, as of any worker that lost its lease.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable

from hub.core.calls import Calls
from hub.core.claim import Claim
from hub.core.messages import Ended
from hub.core.verdict import judge


class Slots:
    """So many threads that carry the claims they are given. Daemons: an executor would join them at exit."""

    def __init__(self, calls: Calls, carry: Callable[[Claim], None]) -> None:
        self._calls = calls
        self._carry = carry
        self._todo: queue.SimpleQueue[Claim | None] = queue.SimpleQueue()  # None: the thread that takes it ends
        self._threads: list[threading.Thread] = []
        self._started = 0

    def start(self, count: int) -> None:
        """Start so many more."""
        for n in range(self._started, self._started + count):
            thread = threading.Thread(target=self._run, name=f"carry-{n}", daemon=True)
            self._threads.append(thread)
            thread.start()
        self._started += count

    def give(self, claim: Claim) -> None:
        """The next thread that is free carries it."""
        self._todo.put(claim)

    def end(self) -> None:
        """Let each thread end, one that is stuck when it comes back."""
        for _ in self._threads:
            self._todo.put(None)

    def hung(self) -> list[Ended]:
        """How the deliveries end whose call overran since the last look; their threads are replaced."""
        overdue = self._calls.overdue()
        self.start(len(overdue))
        return [Ended(call.trip.claim, judge(call.trip, call.error)) for call in overdue]

    def lost(self) -> int:
        """How many threads were given up and are still stuck in their call."""
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        return sum(thread.ident in self._calls.given_up for thread in self._threads)

    def _run(self) -> None:
        me = threading.get_ident()
        while me not in self._calls.given_up and (claim := self._todo.get()) is not None:
            self._carry(claim)
        self._calls.given_up.discard(me)  # the number may be given to another thread
